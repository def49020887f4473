"""The containers themselves: health, rights, isolation, figures."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.compose import engine
from tests.compose.compose_stack import BUILT, ComposeStack, unwell

pytestmark = pytest.mark.timeout(2400)

DATABASES = ("client", "ticket", "payment")


def test_everything_becomes_healthy_and_every_job_ends_well(containers: ComposeStack) -> None:
    assert unwell(containers.containers()) == {}
    for job in ("client-migrate", "ticket-migrate", "payment-migrate", "seed"):
        (container,) = containers.containers(job)
        assert container["State"]["Status"] == "exited", job
    print(f"from nothing to ready: {containers.seconds_to_ready:.0f} s")


@pytest.mark.parametrize("service", BUILT)
def test_our_containers_run_without_rights_on_a_file_system_they_cannot_write(
    containers: ComposeStack, service: str
) -> None:
    (container,) = containers.containers(service)
    assert container["Config"]["User"] not in ("", "0", "root")
    assert container["HostConfig"]["ReadonlyRootfs"]
    assert container["HostConfig"]["Memory"] > 0


def test_no_image_has_a_key_or_password_in_it(containers: ComposeStack) -> None:
    secrets = ("_KEY", "SECRET", "PASSWORD", "DATABASE_URL")
    for name in ("client", "ticket", "payment", "frontend", "seeds"):
        (image,) = json.loads(engine.run("docker", "image", "inspect", f"ticketing/{name}"))
        named = [variable.split("=", 1)[0] for variable in image["Config"]["Env"] or []]
        assert not [variable for variable in named if any(word in variable for word in secrets)], name


@pytest.mark.parametrize("owner", DATABASES)
def test_a_database_is_reached_by_its_own_service_only(containers: ComposeStack, owner: str) -> None:
    knock = f"import socket; socket.create_connection(('{owner}-db', 5432), 3).close()"
    containers.exec(owner, "python", "-c", knock)
    for other in {*DATABASES, "frontend"} - {owner}:
        with pytest.raises(RuntimeError, match="failed"):
            containers.exec(other, "python", "-c", knock)


def test_figures_of_images_and_containers(containers: ComposeStack) -> None:
    """Nothing is promised of these: they are printed for docs/operations.md."""
    for name in ("client", "ticket", "payment", "frontend", "seeds"):
        (image,) = json.loads(engine.run("docker", "image", "inspect", f"ticketing/{name}"))
        print(f"image ticketing/{name}: {image['Size'] / 1e6:.0f} MB")
    ids = [container["Id"] for container in containers.containers() if container["State"]["Running"]]
    shown = subprocess.run(
        ["docker", "stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}}", *ids],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    print(shown.stdout)
    assert len(shown.stdout.splitlines()) == len(ids)
