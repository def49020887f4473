"""The unit tests of each service once where it really runs: in its own image, with its own lock, on its own Python."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack import suites, throwaway_servers
from devstack.pytest_session import KIT_SOURCE
from tests.compose import base_images, engine
from tests.compose.compose_stack import ComposeStack
from tests.compose.engine import REPOSITORY

pytestmark = pytest.mark.timeout(2400)

SERVICES = {
    "client": "client-django",
    "ticket": "ticket-fastapi",
    "payment": "payment-aiohttp",
    "frontend": "frontend-streamlit",
}
TOOLS = (
    "asgi-lifespan",
    "httpx",
    "hypothesis",
    "jsonschema",
    "pypdf",
    "pytest",
    "pytest-aiohttp",
    "pytest-asyncio",
    "pytest-django",
    "pytest-socket",
    "pytest-timeout",
    "time-machine",
)
"""What the tests need beside the service's own packages, in the versions of requirements-dev.lock."""
RECIPE = """
FROM ticketing/{service}
USER root
COPY pins.txt /tmp/pins.txt
RUN /usr/local/bin/python -m pip --python /venv/bin/python install --quiet --no-cache-dir --disable-pip-version-check \\
    --root-user-action=ignore --constraint /tmp/pins.txt {tools}
USER app
"""


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, str]]:
    """PostgreSQL and an object store on this machine's own addresses."""
    if sys.platform != "linux":
        pytest.skip("the containers of these tests use this machine's own network, which works on Linux only")
    with throwaway_servers.running() as found:
        yield found.environment()


@pytest.mark.parametrize("service", SERVICES)
def test_the_unit_tests_of_a_service_pass_in_its_image(
    containers: ComposeStack, servers: dict[str, str], service: str
) -> None:
    image = with_test_tools(service)
    base, declared = base_images.python_image(), base_images.declared_python()
    version = engine.run("docker", "run", "--rm", image, "python", "--version").strip()
    if not version.startswith(f"Python {declared}.") and base_images.is_stand_in(base):
        pytest.skip(f"{base} is a stand-in here and this machine has no Python {declared}: the images run {version}")
    print(run_unit_tests(image, SERVICES[service], servers), f"({service}, {version})")


def with_test_tools(service: str) -> str:
    """The service's image and pytest; what stands in the service's lock stays as it is."""
    image = f"ticketing-test/{service}"
    pins = re.findall(r"^[a-z0-9.-]+==[^\\\n]+", (REPOSITORY / "requirements-dev.lock").read_text(), re.MULTILINE)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "pins.txt").write_text("\n".join(pin.strip() for pin in pins) + "\n")
        (Path(folder) / "Dockerfile").write_text(RECIPE.format(service=service, tools=" ".join(TOOLS)))
        engine.run("docker", "build", "--quiet", "--tag", image, folder, seconds=engine.BUILD_SECONDS)
    return image


def run_unit_tests(image: str, folder: str, servers: dict[str, str]) -> str:
    """The closing line of pytest."""
    variables = [word for name, value in servers.items() for word in ("--env", f"{name}={value}")]
    command = ["docker", "run", "--rm", "--network", "host", "--volume", f"{REPOSITORY}:/repository:ro", *variables]
    (source,) = (found.import_path for found in suites.sessions("unit") if found.folder == REPOSITORY / folder)
    inside = ["python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/unit"]
    sources = (source, KIT_SOURCE, REPOSITORY)
    path = ":".join(str(Path("/repository") / found.relative_to(REPOSITORY)) for found in sources)
    where = ["--workdir", f"/repository/{folder}", "--env", f"PYTHONPATH={path}"]
    done = subprocess.run([*command, *where, image, *inside], capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    return done.stdout.splitlines()[-1]
