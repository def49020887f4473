"""Commands and environments reach the processes unchanged through supervisor."""

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from supervisor.options import ServerOptions

from devstack import launch
from devstack.failures import StackFailure
from devstack.home import Home
from devstack.processes import Process
from devstack.supervision import configuration, describe_processes

PRINT_ENVIRONMENT = "import json, os; print(json.dumps(dict(os.environ)))"


def read_back(home: Home, process: Process) -> Any:
    """Returns the program as supervisor parses it."""
    home.make()
    path = home.run / "supervisord.conf"
    path.write_text(configuration(home, [process]))
    options = ServerOptions()
    options.realize(["--configuration", str(path)])
    return options.process_group_configs[0].process_configs[0]


def launched(process: Process, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Returns the outcome of the process, started as supervisor starts it."""
    (folder / "processes.json").write_text(describe_processes([process]))
    command = [sys.executable, "-I", "-S", launch.__file__, str(folder / "processes.json"), process.name]
    return subprocess.run(command, capture_output=True, text=True, env={"STRAY": "1"})


@pytest.mark.parametrize(
    "value", ['"key,secret"', "it's", "100%", "two\nlines", "", '{"a":{"b":"c%d"}}', "x ;y", "%(here)s"]
)
def test_only_the_given_values_reach_the_process_and_unchanged(tmp_path: Path, value: str) -> None:
    program = Process("client", [sys.executable, "-c", PRINT_ENVIRONMENT], tmp_path, {"VALUE": value, "NEXT": "one"})
    environment = json.loads(launched(program, tmp_path).stdout)
    assert environment["VALUE"] == value
    assert environment["NEXT"] == "one"
    assert "STRAY" not in environment


def test_a_program_that_does_not_exist_is_reported_in_one_sentence(tmp_path: Path) -> None:
    done = launched(Process("client", ["/no/such/program"], tmp_path, {}), tmp_path)
    assert done.returncode == 127
    assert done.stderr == f"/no/such/program cannot be started in {tmp_path}: No such file or directory\n"


def test_a_home_with_spaces_works(tmp_path: Path) -> None:
    home = Home(tmp_path / "two words" / "it's")
    program = read_back(home, Process("client", ["/bin/true"], tmp_path, {}))
    assert shlex.split(program.command)[-2:] == [str(home.run / "processes.json"), "client"]
    assert program.stdout_logfile == str(home.log("client"))


@pytest.mark.parametrize("name", ["100%", "a ;b", "two\nlines"])
def test_a_home_whose_path_supervisor_cannot_represent_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(StackFailure, match="TICKETING_HOME"):
        configuration(Home(tmp_path / name), [])


def test_a_home_with_a_long_path_still_gets_a_socket_that_can_be_bound(tmp_path: Path) -> None:
    home = Home(tmp_path / ("long" * 20) / ("longer" * 10))
    home.make()
    assert len(str(home.socket())) < 90
    assert home.socket().parent.stat().st_mode & 0o777 == 0o700
