"""The started dashboard passes on the address that its reverse proxy names, and no other."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from devstack.deadlines import stretched
from devstack.ports import unused_port
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.sync.client import connect

from tests.conftest import wait_until
from tests.fake.http import VIEWER_SECRET
from tests.fake.server import FakeClientService
from tests.fake.state import FakeRecords

DASHBOARD = Path(__file__).parents[2]
VIEWER = "203.0.113.7"
PROXY, SOMEBODY_ELSE = "127.0.0.1", "192.0.2.1"


@contextmanager
def started(client_url: str, proxy: str) -> Iterator[int]:
    """Starts the dashboard behind that proxy; gives its port."""
    port = unused_port()
    environment = {
        **os.environ,
        "PYTHONPATH": str(DASHBOARD.parent / "servicekit" / "src"),
        "CLIENT_URL": client_url,
        "VIEWER_ADDRESS_SECRET": VIEWER_SECRET,
        "FORWARDED_ALLOW_IPS": proxy,
    }
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.address", "127.0.0.1"]
    process = subprocess.Popen(
        [*command, "--server.port", str(port)], cwd=DASHBOARD, env=environment, stdout=subprocess.DEVNULL
    )
    try:
        wait_until(lambda: answers(port), stretched(30))
        yield port
    finally:
        process.terminate()
        process.wait(stretched(10))


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False).is_success
    except httpx.TransportError:
        return False


def open_first_page(port: int, records: FakeRecords) -> None:
    """Does what a browser does, until the page has asked for the events."""
    records.requests.clear()
    records.viewers.clear()
    begin = BackMsg()
    begin.rerun_script.query_string = ""
    with connect(
        f"ws://127.0.0.1:{port}/_stcore/stream",
        subprotocols=["streamlit"],  # type: ignore[list-item]
        additional_headers={"X-Forwarded-For": VIEWER},
        proxy=None,
    ) as socket:
        socket.send(begin.SerializeToString())
        wait_until(lambda: "GET /api/v1/events" in records.requests, stretched(20))


@pytest.mark.parametrize(("proxy", "passed_on"), [(PROXY, VIEWER), (SOMEBODY_ELSE, None)], ids=["proxy", "nobody"])
def test_the_address_is_that_which_a_trusted_proxy_names(
    service: FakeClientService, records: FakeRecords, proxy: str, passed_on: str | None
) -> None:
    with started(records.base_url, proxy) as port:
        open_first_page(port, records)
    assert records.viewers[records.requests.index("GET /api/v1/events")] == passed_on
