"""Keeps the processes of a stack alive: a supervisord of its own, controlled through a private socket."""

import contextlib
import shlex
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict
from supervisor.xmlrpc import SupervisorTransport

from devstack import service_environment
from devstack.environment import StackEnvironment
from devstack.failures import StackFailure
from devstack.home import Home
from devstack.private_file import write_private
from devstack.processes import Process

START_SECONDS = 20
STOP_SECONDS = 60
RESTARTS = 100
"""How often a process that dies at once is started again, each time a second later than before."""
LOG_BYTES, LOG_BACKUPS = "20MB", 2

FAILED_STATES = frozenset({"BACKOFF", "EXITED", "FATAL", "UNKNOWN"})
ALIVE_STATES = frozenset({"STARTING", "RUNNING", "BACKOFF", "STOPPING"})
SERVERS = frozenset({"postgres", "s3"})
"""What the services need until their last moment."""


class ProcessState(BaseModel):
    """What supervisord knows of one process."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    name: str
    statename: str
    pid: int
    start: int
    now: int
    exitstatus: int
    spawnerr: str
    logfile: Path

    @property
    def seconds(self) -> int:
        """How long the process has been running."""
        return self.now - self.start if self.pid else 0


def configuration(stack: StackEnvironment, processes: Iterable[Process]) -> str:
    """The text of supervisord.conf."""
    home = stack.home
    head = f"""
[supervisord]
logfile={_plain(home.log("supervisord"))}
logfile_maxbytes={LOG_BYTES}
logfile_backups={LOG_BACKUPS}
pidfile={_plain(home.run / "supervisord.pid")}
childlogdir={_plain(home.logs)}

[unix_http_server]
file={_plain(home.socket())}
chmod=0600

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""
    return head + "".join(_program(home, process) for process in processes)


def _program(home: Home, process: Process) -> str:
    environment = ",".join(f"{name}={_quoted(value)}" for name, value in process.environment.items())
    return f"""
[program:{process.name}]
command={_plain(shlex.join(process.command))}
directory={_plain(process.folder)}
environment={environment}
autostart=false
autorestart=true
startsecs=1
startretries={RESTARTS}
stopsignal={process.stop_signal}
stopwaitsecs={process.stop_seconds}
killasgroup=true
redirect_stderr=true
stdout_logfile={_plain(home.log(process.name))}
stdout_logfile_maxbytes={LOG_BYTES}
stdout_logfile_backups={LOG_BACKUPS}
"""


def _plain(value: object) -> str:
    """A value in which supervisor expands nothing."""
    text = str(value)
    if "\n" in text or " ;" in text or " #" in text:
        raise StackFailure(f"This value cannot be written to the supervisor's configuration: {text!r}")
    return text.replace("%", "%%")


def _quoted(value: str) -> str:
    """A value of an environment list, which supervisor splits at commas outside of quotes."""
    mark = "'" if "'" not in value else '"'
    if mark in value:
        raise StackFailure("A setting may not contain both kinds of quotation marks.")
    return f"{mark}{_plain(value)}{mark}"


@dataclass(frozen=True)
class Supervisor:
    """The supervisord of one home, running or not."""

    home: Home

    def is_running(self) -> bool:
        """Whether it answers on its control socket."""
        try:
            self._call("getState")
        except (OSError, xmlrpc.client.Error):
            return False
        return True

    def start(self, stack: StackEnvironment, processes: Iterable[Process]) -> None:
        """Starts supervisord, which goes into a session of its own: a Ctrl-C in the terminal reaches only us."""
        config = self.home.run / "supervisord.conf"
        write_private(config, configuration(stack, processes))
        started = subprocess.run(
            [sys.executable, "-m", "supervisor.supervisord", "--configuration", str(config)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self.home.path,
            env=service_environment.base(stack),
            timeout=START_SECONDS,
        )
        if started.returncode != 0 or not self.is_running():
            lines = started.stdout.strip().splitlines() or ["it said nothing"]
            raise StackFailure(f"The process supervisor did not start: {lines[-1]}", self.home.log("supervisord"))

    def run(self, name: str) -> None:
        """Starts one process of the configuration; whether it works is for `readiness` to find out."""
        try:
            self._call("startProcess", name, False)
        except xmlrpc.client.Fault as fault:
            raise StackFailure(f"{name} could not be started: {fault.faultString}.", self.home.log(name)) from fault

    def states(self) -> list[ProcessState]:
        """The state of every process of the configuration."""
        try:
            return [ProcessState.model_validate(info) for info in self._call("getAllProcessInfo")]
        except (OSError, xmlrpc.client.Error) as error:
            raise StackFailure("The process supervisor does not answer.", self.home.log("supervisord")) from error

    def state(self, name: str) -> ProcessState:
        """The state of one process."""
        return next(state for state in self.states() if state.name == name)

    def shut_down(self) -> None:
        """Stops the services, then the servers they need, then supervisord; what resists is left to `orphans`."""
        try:
            running = {state.name for state in self.states() if state.statename in ALIVE_STATES}
            self._stop(running - SERVERS)
            self._stop(running & SERVERS)
            self._call("shutdown")
        except (OSError, xmlrpc.client.Error, StackFailure):
            return
        deadline = time.monotonic() + STOP_SECONDS
        while self.is_running() and time.monotonic() < deadline:
            time.sleep(0.05)

    def _stop(self, names: set[str]) -> None:
        for name in names:
            with contextlib.suppress(xmlrpc.client.Fault):  # it ended by itself in between
                self._call("stopProcess", name, False)
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline:
            if not any(state.name in names and state.statename in ALIVE_STATES for state in self.states()):
                return
            time.sleep(0.1)

    def _call(self, method: str, *arguments: object) -> Any:
        transport = SupervisorTransport(None, None, f"unix://{self.home.socket()}")
        with xmlrpc.client.ServerProxy("http://localhost", transport=transport) as server:
            return getattr(server.supervisor, method)(*arguments)
