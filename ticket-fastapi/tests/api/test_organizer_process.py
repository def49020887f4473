"""The organizer simulator, started as a process."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from organizer_simulator.main import main
from organizer_simulator.settings import Settings
from servicekit.public_keys import warn_of_public_keys
from structlog.testing import capture_logs
from support.process import SOURCES

from devstack.deadlines import Deadline, stretched

KEY = "organizer-key-for-tests-0001"
Start = Callable[[], httpx.Client]


def environment(**changes: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "PYTHONPATH": SOURCES, "ORGANIZER_API_KEY": KEY, **changes}


class Simulator:
    def __init__(self, database: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.environment = environment(
            PORT=str(port),
            ORGANIZER_DATABASE=str(database),
            ORGANIZER_FAILURE_RATE="0",
            SIMULATION_CONTROLS="true",
            HEADER_SECONDS="0.5",
        )
        self.address = ("127.0.0.1", port)
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {KEY}"}, timeout=stretched(10)
        )
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "organizer_simulator.main"]
        self.process = subprocess.Popen(command, env=self.environment, stdout=subprocess.PIPE, text=True)
        deadline = Deadline(30)
        while not deadline.is_over() and self.process.poll() is None:
            try:
                self.client.get("/readyz").raise_for_status()
                return
            except httpx.TransportError:
                time.sleep(0.05)  # the process needs the processor for its start
        raise AssertionError("the simulator did not start")

    def stop(self, how: signal.Signals) -> str:
        assert self.process
        self.process.send_signal(how)
        output, _ = self.process.communicate(timeout=stretched(15))
        self.process = None
        return output


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    simulator = Simulator(tmp_path / "made" / "on demand" / "holds.sqlite")
    simulator.start()
    yield simulator
    if simulator.process:
        simulator.stop(signal.SIGKILL)
    simulator.client.close()


def test_a_hold_survives_a_kill_and_every_log_line_is_json_with_the_ids_of_its_request(simulator: Simulator) -> None:
    hold = {"hold_id": str(uuid4()), "event_ref": "event", "seats": ["A1"]}
    taken = simulator.client.post("/jakarta/holds", json=hold).json()
    simulator.stop(signal.SIGKILL)
    simulator.start()
    trace = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "X-Request-ID": "asked"}
    path = f"/jakarta/holds/{hold['hold_id']}"
    assert simulator.client.get(path, headers=trace).json() == taken
    lines = [json.loads(line) for line in simulator.stop(signal.SIGTERM).splitlines()]
    (logged,) = (line for line in lines if line.get("path") == path)
    assert logged["event"] == "request.served"
    assert (logged["request_id"], logged["trace_id"]) == ("asked", "0af7651916cd43dd8448eb211c80319c")


def test_a_header_that_is_half_sent_is_ended(simulator: Simulator) -> None:
    with socket.create_connection(simulator.address, timeout=stretched(10)) as half:
        half.sendall(b"GET /healthz HTTP/1.1\r\nHost: exam")
        assert half.recv(1) == b""
    assert 'organizer_connections_ended_total{reason="slow header"} 1.0' in simulator.client.get("/metrics").text


@pytest.mark.parametrize(
    ("change", "variable"),
    [
        ({"ORGANIZER_API_KEY": "short"}, "ORGANIZER_API_KEY"),
        ({"ORGANIZER_FAILURE_RATE": "2"}, "ORGANIZER_FAILURE_RATE"),
        ({"ORGANIZER_DATABASE": ""}, "ORGANIZER_DATABASE"),
    ],
)
def test_a_wrong_setting_stops_the_start_and_is_named(
    change: dict[str, str], variable: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in environment(**change).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit, match="2"):
        main()
    said = capsys.readouterr().err
    assert variable in said
    assert "short" not in said


def test_a_file_that_cannot_be_created_ends_the_start_with_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    env = environment(ORGANIZER_DATABASE=str(tmp_path / "file" / "holds.sqlite"))
    command = [sys.executable, "-m", "organizer_simulator.main"]
    ended = subprocess.run(command, env=env, capture_output=True, text=True, timeout=30, check=False)
    assert (ended.returncode, ended.stderr.count("\n"), ended.stdout) == (1, 1, "")
    assert ended.stderr.startswith("organizer: the file of ORGANIZER_DATABASE, ")


@pytest.mark.parametrize(("key", "warnings"), [("demo-organizer-key-replace", 1), (KEY, 0)])
def test_a_public_key_causes_a_warning(tmp_path: Path, key: str, warnings: int) -> None:
    settings = Settings.model_validate({"organizer_api_key": key, "organizer_database": tmp_path / "holds.sqlite"})
    with capture_logs() as lines:
        warn_of_public_keys(settings.secrets())
    assert [line["variables"] for line in lines] == [["ORGANIZER_API_KEY"]] * warnings


def test_the_openapi_document_can_be_printed_without_any_setting() -> None:
    command = [sys.executable, "-m", "organizer_simulator.openapi"]
    bare = {"PATH": os.environ["PATH"], "PYTHONPATH": SOURCES}
    printed = subprocess.run(
        command, env=bare, capture_output=True, text=True, timeout=stretched(30), check=True
    ).stdout
    assert "/{organizer}/holds/{hold_id}" in json.loads(printed)["paths"]
