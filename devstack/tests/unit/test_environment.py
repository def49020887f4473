"""The output of `./dev env` and the environment of the services."""

import json

import pytest

from devstack import processes, service_environment
from devstack.environment import describe
from devstack.failures import StackFailure
from devstack.home import Home

FIRST_LINES = [
    "CLIENT_URL",
    "TICKET_URL",
    "PAYMENT_URL",
    "ORGANIZER_URL",
    "FRONTEND_URL",
    "S3_URL",
    "TICKET_API_KEY",
    "PAYMENT_API_KEY",
    "ORGANIZER_API_KEY",
    "TICKET_WEBHOOK_SECRET",
    "CLIENT_WEBHOOK_SECRET",
    "VIEWER_ADDRESS_SECRET",
    "DEMO_EMAIL",
    "DEMO_PASSWORD",
    "STAFF_EMAIL",
    "STAFF_PASSWORD",
    "CLIENT_DATABASE_URL",
    "TICKET_DATABASE_URL",
    "PAYMENT_DATABASE_URL",
]


def test_env_prints_every_line_of_the_design_in_its_order(home: Home) -> None:
    lines = describe(home, {}).lines()
    assert list(lines)[: len(FIRST_LINES)] == FIRST_LINES
    assert all(lines.values())


def test_the_port_offset_shifts_every_address(home: Home) -> None:
    lines = describe(home, {"PORT_OFFSET": "300"}).lines()
    assert lines["CLIENT_URL"] == "http://127.0.0.1:8300"
    assert lines["FRONTEND_URL"] == "http://127.0.0.1:8801"
    assert lines["S3_URL"] == "http://127.0.0.1:9300"
    assert lines["TICKET_DATABASE_URL"].endswith("@127.0.0.1:5733/ticket")


@pytest.mark.parametrize("offset", ["-1", "many", "1.5", "60000"])
def test_a_wrong_port_offset_is_refused(home: Home, offset: str) -> None:
    with pytest.raises(StackFailure, match="PORT_OFFSET"):
        describe(home, {"PORT_OFFSET": offset})


def test_the_secrets_stay_the_same_from_one_call_to_the_next(home: Home) -> None:
    assert describe(home, {}).lines() == describe(home, {}).lines()


@pytest.mark.parametrize(
    ("service", "setting"),
    [
        (service_environment.client, "REQUESTED_GRACE_SECONDS"),
        (service_environment.client, "THROTTLE_BOOKING"),
        (service_environment.ticket, "HOLD_SECONDS"),
        (service_environment.ticket, "OFFER_SECONDS"),
        (service_environment.ticket, "ORGANIZER_TIMEOUT_SECONDS"),
        (service_environment.ticket, "ORGANIZER_ATTEMPTS"),
        (service_environment.ticket, "PROMOTION_ATTEMPTS"),
        (service_environment.ticket, "TICKET_LINK_SECONDS"),
        (service_environment.ticket, "SWEEP_SECONDS"),
        (service_environment.ticket, "HOLDING_GRACE_SECONDS"),
        (service_environment.ticket, "CRASH_POINT_FILE"),
        (service_environment.organizer, "ORGANIZER_FAILURE_RATE"),
        (service_environment.organizer, "ORGANIZER_LATENCY_MS"),
        (service_environment.organizer, "ORGANIZER_SEED"),
        (service_environment.payment, "PAYMENT_FAILURE_RATE"),
        (service_environment.payment, "PAYMENT_PROCESSING_SECONDS"),
        (service_environment.payment, "PAYMENT_SEED"),
        (service_environment.payment, "SIMULATION_CONTROLS"),
    ],
)
def test_a_setting_given_to_up_reaches_its_service(home: Home, service: object, setting: str) -> None:
    assert callable(service)
    assert service(describe(home, {setting: "0.25"}))[setting] == "0.25"


def test_an_unknown_variable_does_not_reach_a_service(home: Home) -> None:
    assert "DEBUG" not in service_environment.client(describe(home, {"DEBUG": "1"}))


def test_simulation_controls_are_on_unless_somebody_turns_them_off(home: Home) -> None:
    assert service_environment.payment(describe(home, {}))["SIMULATION_CONTROLS"] == "true"
    assert (
        service_environment.payment(describe(home, {"SIMULATION_CONTROLS": "false"}))["SIMULATION_CONTROLS"] == "false"
    )


def test_services_that_call_each_other_have_the_same_keys(home: Home) -> None:
    stack = describe(home, {})
    client, ticket, payment, frontend = (
        service(stack)
        for service in (
            service_environment.client,
            service_environment.ticket,
            service_environment.payment,
            service_environment.frontend,
        )
    )
    assert json.loads(ticket["API_KEYS"])["client"]["key"] == client["TICKET_API_KEY"]
    assert json.loads(payment["API_KEYS"])["ticket"]["key"] == ticket["PAYMENT_API_KEY"]
    assert payment["WEBHOOK_SECRET"] == ticket["TICKET_WEBHOOK_SECRET"]
    assert client["CLIENT_WEBHOOK_SECRET"] == ticket["CLIENT_WEBHOOK_SECRET"]
    assert client["VIEWER_ADDRESS_SECRET"] == frontend["VIEWER_ADDRESS_SECRET"]
    assert json.loads(payment["API_KEYS"])["ticket"]["scopes"] == ["invoices:read", "invoices:write"]


def test_with_three_given_databases_the_stack_starts_no_server(home: Home) -> None:
    urls = {f"{name}_DATABASE_URL": f"postgresql://u:p@db/{name}" for name in ("CLIENT", "TICKET", "PAYMENT")}
    stack = describe(home, urls)
    assert not stack.runs_postgres
    assert stack.lines()["TICKET_DATABASE_URL"] == "postgresql://u:p@db/TICKET"
    assert describe(home, {"TICKET_DATABASE_URL": urls["TICKET_DATABASE_URL"]}).runs_postgres


def test_a_stack_can_do_without_its_dashboard(home: Home) -> None:
    whole = [process.name for process in processes.services(describe(home, {}))]
    assert "frontend" in whole
    without = processes.services(describe(home, {"WITHOUT_FRONTEND": "true"}))
    assert [process.name for process in without] == [name for name in whole if name != "frontend"]


def test_an_object_store_address_needs_its_keys(home: Home) -> None:
    with pytest.raises(StackFailure, match="S3_ACCESS_KEY and S3_SECRET_KEY"):
        describe(home, {"S3_ENDPOINT": "http://s3.example"})
    store = describe(
        home, {"S3_ENDPOINT": "http://s3.example", "S3_ACCESS_KEY": "a", "S3_SECRET_KEY": "b"}
    ).object_store
    assert (store.ours, store.endpoint, store.public_endpoint) == (False, "http://s3.example", "http://s3.example")
