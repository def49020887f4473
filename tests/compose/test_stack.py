"""The stack as a whole: health, the start message, names it answers to, figures."""

from __future__ import annotations

import json
import subprocess

import httpx
import pytest

from tests.compose import engine
from tests.compose.compose_stack import ComposeStack, unwell
from tests.compose.project import JOBS, OWN_IMAGES

pytestmark = pytest.mark.timeout(2400)


def test_everything_becomes_healthy_and_every_job_ends_well(containers: ComposeStack) -> None:
    assert unwell(containers.project.containers()) == {}
    for job in JOBS:
        (container,) = containers.project.containers(job)
        assert container["State"]["Status"] == "exited", job
    print(f"from built images to ready: {containers.seconds_to_ready():.0f} s")


def test_the_last_service_says_where_to_click_and_with_which_login(containers: ComposeStack) -> None:
    said, value = containers.project.log("ready"), containers.project.value
    assert "The ticketing platform is ready." in said
    for port in ("FRONTEND_PORT", "CLIENT_PORT", "TICKET_PORT", "PAYMENT_PORT", "ORGANIZER_PORT", "S3_CONSOLE_PORT"):
        address = next(word for word in said.split() if word.startswith(f"http://localhost:{value(port)}"))
        assert httpx.get(address, timeout=20, trust_env=False, follow_redirects=True).status_code == 200, address
    for account in ("DEMO", "STAFF"):
        assert f"{value(f'{account}_EMAIL')} / {value(f'{account}_PASSWORD')}" in said
    assert f"{value('MINIO_ROOT_USER')} / {value('MINIO_ROOT_PASSWORD')}" in said


def test_the_client_service_answers_to_its_own_names_only(containers: ComposeStack) -> None:
    url = f"{containers.environment.client_url}/api/v1/events"
    port = containers.project.value("CLIENT_PORT")

    def status(host: str) -> int:
        return httpx.get(url, headers={"Host": host}, timeout=20, trust_env=False).status_code

    for known in (f"localhost:{port}", f"127.0.0.1:{port}", "gateway:8000"):
        assert status(known) == 200, known
    assert status("tickets.example.org") == 404


def test_figures_of_images_and_containers(containers: ComposeStack) -> None:
    """Nothing is promised of these: they are printed for docs/operations.md."""
    for name in OWN_IMAGES:
        (image,) = json.loads(engine.run("docker", "image", "inspect", f"ticketing/{name}"))
        print(f"image ticketing/{name}: {image['Size'] / 1e6:.0f} MB")
    ids = [container["Id"] for container in containers.project.containers() if container["State"]["Running"]]
    shown = subprocess.run(
        ["docker", "stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}}", *ids],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    print(shown.stdout)
    assert len(shown.stdout.splitlines()) == len(ids)
