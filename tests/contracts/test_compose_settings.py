"""`.env.example` shows every variable of docker-compose.yml with its default, and nothing else; its keys are public."""

from __future__ import annotations

import ast
import re

import pytest

from devstack.postgres import COMMON_SETTINGS
from tests.contracts import compose_file
from tests.contracts.compose_file import VARIABLE

SETTINGS = {
    "client": ("client-django/config/env.py",),
    "ticket": ("ticket-fastapi/src/ticketing/settings.py", "servicekit/src/servicekit/settings.py"),
    "payment": ("payment-aiohttp/src/payments/settings.py", "servicekit/src/servicekit/settings.py"),
    "organizer": ("ticket-fastapi/src/organizer_simulator/settings.py",),
}
"""Where each service declares its settings."""
FIXED = {
    "HOST": "the image says it",
    "PORT": "the image says it",
    "HEARTBEAT_FILE": "only workers have one",
    "EMAIL_FILE_PATH": "mail goes to mailpit",
    "EMAIL_FROM": "the name of the demonstration",
    "CRASH_POINT_FILE": "for tests of crashes",
    "RECONCILE_SECONDS": "for tests that cannot wait",
    "ORGANIZER_LATE_ANSWER_SECONDS": "has to be longer than ORGANIZER_TIMEOUT_SECONDS",
    "SIMULATION_CONTROLS": "where there is something to simulate",
    **dict.fromkeys(
        (
            *("TICKET_READ_SECONDS", "TICKET_CHANGE_SECONDS", "REQUEST_SECONDS", "READ_REQUEST_SECONDS"),
            *("HEADER_SECONDS", "BODY_SECONDS", "IDLE_SECONDS", "RESPONSE_SECONDS"),
        ),
        "of one chain of deadlines (docs/architecture.md)",
    ),
}
"""Settings that need not stand in the compose file, and why."""

SHARED = {
    "VIEWER_ADDRESS_SECRET": ("client", "client-worker", "frontend"),
    "DEFAULT_TIME_ZONE": ("client", "client-worker", "ticket", "ticket-worker"),
    "S3_REGION": ("ticket", "ticket-worker", "minio-init"),
    "S3_BUCKET": ("ticket", "ticket-worker", "minio-init"),
}
"""Settings that only make sense if these services have them with one value."""


def test_the_example_shows_every_variable_of_the_compose_file_with_its_default() -> None:
    asked_for = set(VARIABLE.findall(compose_file.text()))
    assert set(compose_file.example().items()) == asked_for


def test_every_variable_of_the_compose_file_has_a_default() -> None:
    assert "${" not in VARIABLE.sub("", compose_file.text())


def test_every_key_in_the_compose_file_is_recognisably_public() -> None:
    secrets = dict(compose_file.secrets())
    assert {"SECRET_KEY", "TICKET_WEBHOOK_SECRET", "CLIENT_DB_PASSWORD", "MINIO_ROOT_USER"} <= set(secrets)
    assert [name for name, default in secrets.items() if not compose_file.is_public(default)] == []


def test_no_key_stands_in_the_compose_file_that_cannot_be_replaced() -> None:
    """Each is the default of a variable: none is written into a service's environment as it is."""
    assert re.findall(r"demo-[a-z-]+|whsec_\w+", VARIABLE.sub("", compose_file.text().split("\nx-", 1)[1])) == []


@pytest.mark.parametrize("service", SETTINGS)
def test_every_setting_of_a_service_stands_in_the_compose_file_unless_there_is_a_reason(service: str) -> None:
    classes = [
        node
        for file in SETTINGS[service]
        for node in ast.parse((compose_file.REPOSITORY / file).read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and node.name.endswith(("Settings", "Environment"))
    ]
    declared = {
        line.target.id.upper()
        for node in classes
        for line in node.body
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
    }
    assert len(declared) > 5
    assert declared - set(compose_file.services()[service]["environment"]) - set(FIXED) == set()


@pytest.mark.parametrize("setting", SHARED)
def test_services_that_share_a_setting_have_one_value(setting: str) -> None:
    services = compose_file.services()
    values = {services[name]["environment"][setting] for name in SHARED[setting]}
    assert values == {compose_file.example()[setting]}


def test_only_the_store_and_its_set_up_know_the_root_key_and_the_start_message_its_password() -> None:
    written = compose_file.services_as_written()
    holders = {name for name, service in written.items() if "MINIO_ROOT_" in str(service.get("environment"))}
    assert holders == {"minio", "minio-init", "ready"}


def test_the_services_use_the_store_with_another_key_than_its_root() -> None:
    example = compose_file.example()
    assert example["S3_ACCESS_KEY"] != example["MINIO_ROOT_USER"]
    assert example["S3_SECRET_KEY"] != example["MINIO_ROOT_PASSWORD"]


def test_the_client_service_answers_only_to_names_that_are_listed() -> None:
    names = compose_file.services()["client"]["environment"]["ALLOWED_HOSTS"].split(",")
    # Other services say `gateway`, the health check 127.0.0.1, browsers localhost.
    assert set(names) == {"gateway", "127.0.0.1", "localhost"}


@pytest.mark.parametrize("database", ["client-db", "ticket-db", "payment-db"])
def test_a_database_logs_no_values_of_failed_statements(database: str) -> None:
    """The same settings as in `./dev up`, where a test reads the log."""
    command = compose_file.services()[database]["command"]
    quiet = ("log_min_error_statement", "log_parameter_max_length_on_error", "log_error_verbosity")
    assert {f"{name}={COMMON_SETTINGS[name]}" for name in quiet} <= set(command)
    assert command[0] == "postgres"


def test_the_lanes_have_the_places_that_the_client_service_has_by_itself() -> None:
    settings = (compose_file.REPOSITORY / "client-django/config/env.py").read_text(encoding="utf-8")
    own = {
        name.upper(): places for name, places in re.findall(r"^    (lane_\w+): PositiveInt = (\d+)$", settings, re.M)
    }
    assert own == {name: value for name, value in compose_file.example().items() if name.startswith("LANE_")}
