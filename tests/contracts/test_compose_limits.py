"""What each container may do and use, and from where it can be reached."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.contracts import compose_file
from tests.contracts.compose_file import OURS, VARIABLE

SERVICES = compose_file.services()
PUBLISHED = compose_file.services_as_written()
DATABASES = ("client", "ticket", "payment")


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_cannot_gain_rights_or_write_to_its_image(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["read_only"] is True
    assert not {"privileged", "pid", "ipc", "network_mode", "devices"} & set(service)


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_has_limits(name: str) -> None:
    service = SERVICES[name]
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
    assert 0 < service["pids_limit"] <= 1024
    # Docker refuses to start a container with more processors than the machine has.
    assert 0 < service["cpus"] <= 1


@pytest.mark.parametrize("name", SERVICES)
def test_the_log_of_a_container_does_not_fill_the_disk(name: str) -> None:
    assert SERVICES[name]["logging"] == {"driver": "json-file", "options": {"max-size": "10m", "max-file": "3"}}


@pytest.mark.parametrize("name", [name for name in SERVICES if "ports" in SERVICES[name]])
def test_a_port_is_open_on_this_machine_only_unless_told_otherwise(name: str) -> None:
    for port in PUBLISHED[name]["ports"]:
        assert re.fullmatch(r"\$\{BIND_ADDRESS:-127\.0\.0\.1\}:\$\{[A-Z0-9_]+_PORT:-\d+\}:\d+", port)


def test_the_ports_are_those_of_the_contract() -> None:
    ports = [VARIABLE.sub(r"\2", port).split(":")[1] for found in PUBLISHED.values() for port in found.get("ports", [])]
    assert sorted(ports) == sorted(["8000", "8001", "8002", "8003", "8025", "8501", "9000", "9001"])


@pytest.mark.parametrize("owner", DATABASES)
def test_a_database_shares_its_network_with_its_own_service_only(owner: str) -> None:
    (network,) = SERVICES[f"{owner}-db"]["networks"]
    inside = {name for name, service in SERVICES.items() if network in service["networks"]}
    assert inside == {f"{owner}-db", f"{owner}-migrate", owner, f"{owner}-worker"}


def test_everything_that_stays_has_a_health_check_and_every_job_ends_before_somebody_waits_for_it() -> None:
    """`docker compose up --wait` waits for health, or for the end of what others need to have ended; else it fails."""
    awaited = {name for service in SERVICES.values() for name in ended_first(service)}
    jobs = {name for name, service in SERVICES.items() if service["restart"] == "on-failure"}
    assert jobs == awaited
    for name in set(SERVICES) - jobs:
        assert not SERVICES[name].get("healthcheck", {}).get("disable"), name


def ended_first(service: dict[str, Any]) -> list[str]:
    found = service.get("depends_on", {})
    return [name for name, needed in found.items() if needed["condition"] == "service_completed_successfully"]


def test_the_start_message_comes_after_everything_else() -> None:
    before = compose_file.dependencies(SERVICES, "ready")
    assert set(SERVICES) - before == {"ready"}
    assert {SERVICES[name]["image"] for name in before if SERVICES[name]["image"].startswith(OURS)}
