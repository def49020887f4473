"""The generated configuration says to supervisor exactly what was meant."""

import shlex
from pathlib import Path

import pytest
from supervisor.options import ServerOptions

from devstack.environment import describe
from devstack.failures import StackFailure
from devstack.home import Home
from devstack.processes import Process
from devstack.supervision import configuration


def read_back(home: Home, process: Process) -> object:
    """The program as supervisor understands it."""
    home.make()
    path = home.run / "supervisord.conf"
    path.write_text(configuration(describe(home, {}), [process]))
    options = ServerOptions()
    options.realize(["--configuration", str(path)])
    return options.process_group_configs[0].process_configs[0]


@pytest.mark.parametrize(
    "value", ['{"client":{"key":"a%b"}}', "100%", "a,b=c", "plain", "", "it's", "postgresql://u:p@h/d?x=1"]
)
def test_a_value_reaches_the_process_unchanged(home: Home, tmp_path: Path, value: str) -> None:
    program = read_back(home, Process("client", ["/bin/true"], tmp_path, {"VALUE": value, "NEXT": "one"}))
    assert program.environment == {"VALUE": value, "NEXT": "one"}  # type: ignore[attr-defined]


def test_a_command_with_spaces_and_percent_signs_stays_whole(home: Home, tmp_path: Path) -> None:
    command = ["/bin/echo", "two words", "100%", "it's"]
    program = read_back(home, Process("client", command, tmp_path, {}))
    assert shlex.split(program.command) == command  # type: ignore[attr-defined]


@pytest.mark.parametrize("value", ["two\nlines", "both ' and \"", "a ;comment"])
def test_a_value_that_cannot_be_written_is_refused(home: Home, tmp_path: Path, value: str) -> None:
    with pytest.raises(StackFailure):
        configuration(describe(home, {}), [Process("client", ["/bin/true"], tmp_path, {"VALUE": value})])


def test_a_home_with_a_long_path_still_gets_a_socket_that_can_be_bound(tmp_path: Path) -> None:
    home = Home(tmp_path / ("long" * 20) / ("longer" * 10))
    home.make()
    assert len(str(home.socket())) < 90
    assert home.socket().parent.stat().st_mode & 0o777 == 0o700
