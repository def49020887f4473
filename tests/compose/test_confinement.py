"""What each container that runs may do, as the engine has it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.compose.compose_stack import ComposeStack

pytestmark = pytest.mark.timeout(2400)

DATABASES = ("client", "ticket", "payment")
ROOT = ("client-db", "ticket-db", "payment-db", "minio")
"""Start as root: PostgreSQL's image becomes its own user, MinIO's has no other."""
POSTGRES_CAPABILITIES = {"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"}


def service_of(container: dict[str, Any]) -> str:
    return str(container["Config"]["Labels"]["com.docker.compose.service"])


def test_every_container_is_confined(containers: ComposeStack) -> None:
    found = containers.project.containers()
    assert len(found) == 20
    for container in found:
        host, name = container["HostConfig"], service_of(container)
        assert host["ReadonlyRootfs"], name
        assert host["CapDrop"] == ["ALL"], name
        assert host["SecurityOpt"] == ["no-new-privileges:true"], name
        assert {capability.removeprefix("CAP_") for capability in host["CapAdd"] or []} == (
            POSTGRES_CAPABILITIES if name in ROOT[:3] else set()
        ), name
        assert not host["Privileged"], name
        assert (container["Config"]["User"] in {"", "0", "root"}) == (name in ROOT), name


def test_every_container_has_limits_and_a_log_that_ends(containers: ComposeStack) -> None:
    for container in containers.project.containers():
        host, name = container["HostConfig"], service_of(container)
        assert 0 < host["Memory"] <= 1 << 30, name
        assert 0 < host["NanoCpus"] <= 10**9, name
        assert 0 < host["PidsLimit"] <= 1024, name
        assert host["LogConfig"] == {"Type": "json-file", "Config": {"max-file": "3", "max-size": "10m"}}, name


def test_every_port_is_open_on_this_machine_only(containers: ComposeStack) -> None:
    bound = {
        (service_of(container), address["HostIp"])
        for container in containers.project.containers()
        for addresses in container["NetworkSettings"]["Ports"].values()
        for address in addresses or []
    }
    assert {name for name, _ in bound} == {"gateway", "minio", "mailpit", "organizer", *ROOT[:3]}
    assert {address for _, address in bound} == {"127.0.0.1"}


@pytest.mark.parametrize("name", DATABASES)
def test_the_database_itself_runs_without_any_of_the_rights_of_its_start(containers: ComposeStack, name: str) -> None:
    status = containers.project.exec(f"{name}-db", "cat", "/proc/1/status")
    facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert facts["Name"] == "postgres"
    assert set(facts["Uid"].split()) != {"0"}
    assert (facts["CapEff"], facts["NoNewPrivs"]) == ("0" * 16, "1")


@pytest.mark.parametrize("owner", DATABASES)
def test_a_database_is_reached_by_its_own_service_only(containers: ComposeStack, owner: str) -> None:
    knock = f"import socket; socket.create_connection(('{owner}-db', 5432), 3).close()"
    containers.project.exec(owner, "python", "-c", knock)
    for other in {*DATABASES, "frontend"} - {owner}:
        with pytest.raises(RuntimeError, match="failed"):
            containers.project.exec(other, "python", "-c", knock)
