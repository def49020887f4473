"""Keeps the processes of a stack alive with its own supervisord, which it controls through a private socket."""

import contextlib
import json
import shlex
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict
from supervisor.xmlrpc import SupervisorTransport

from devstack import launch, service_environment
from devstack.deadlines import Deadline, stretched
from devstack.environment import StackEnvironment
from devstack.failures import StackFailure
from devstack.home import Home
from devstack.private_file import write_private
from devstack.processes import Process

Found = TypeVar("Found")

START_SECONDS = 20
STOP_SECONDS = 60
RESTARTS = 100
"""How often a process that dies at its start is restarted; each pause is a second longer."""
LOG_BYTES, LOG_BACKUPS = "20MB", 2

FAILED_STATES = frozenset({"BACKOFF", "EXITED", "FATAL", "UNKNOWN"})
ALIVE_STATES = frozenset({"STARTING", "RUNNING", "BACKOFF", "STOPPING"})
SERVERS = frozenset({"postgres", "s3"})
"""The servers, which stop after the services because the services need them until then."""


class ProcessState(BaseModel):
    """The state of a process, as supervisord reports it."""

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
        """The seconds for which the process has been running."""
        return self.now - self.start if self.pid else 0


def configuration(home: Home, processes: Iterable[Process]) -> str:
    """Returns the text of supervisord.conf."""
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
    command = [sys.executable, "-I", "-S", launch.__file__, str(_descriptions(home)), process.name]
    return f"""
[program:{process.name}]
command={_plain(shlex.join(command))}
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


def _descriptions(home: Home) -> Path:
    """Returns the path of the file that `devstack.launch` reads."""
    return home.run / "processes.json"


def describe_processes(processes: Iterable[Process]) -> str:
    """Returns command, folder and environment of each process as the JSON text that `devstack.launch` reads."""
    return json.dumps(
        {
            process.name: {
                "command": process.command,
                "folder": str(process.folder),
                "environment": process.environment,
            }
            for process in processes
        },
        indent=1,
    )


def _plain(value: object) -> str:
    """Returns the value; fails if supervisor would interpret a character of it."""
    text = str(value)
    if any(special in text for special in ("\n", "%", " ;", " #")):
        raise StackFailure(
            f"Choose another TICKETING_HOME or folder: the process supervisor cannot use the path {text!r}."
        )
    return text


@dataclass(frozen=True)
class Supervisor:
    """The supervisord of a home; it may be running or not."""

    home: Home

    def is_running(self) -> bool:
        """Whether supervisord answers on its control socket."""
        try:
            self._call("getState")
        except (OSError, xmlrpc.client.Error):
            return False
        return True

    def start(self, stack: StackEnvironment, processes: Iterable[Process]) -> None:
        """Starts supervisord in a session of its own, so that a Ctrl-C in the terminal reaches only this process."""
        config = self.home.run / "supervisord.conf"
        supervised = list(processes)
        write_private(_descriptions(self.home), describe_processes(supervised))
        write_private(config, configuration(self.home, supervised))
        started = subprocess.run(
            [sys.executable, "-m", "supervisor.supervisord", "--configuration", str(config)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self.home.path,
            env=service_environment.base(stack),
            timeout=stretched(START_SECONDS),
        )
        if started.returncode != 0 or not self.is_running():
            lines = started.stdout.strip().splitlines() or ["it said nothing"]
            raise StackFailure(f"The process supervisor did not start: {lines[-1]}", self.home.log("supervisord"))

    def run(self, name: str) -> None:
        """Starts a process of the configuration, without waiting until it is ready."""
        try:
            self._call("startProcess", name, False)
        except xmlrpc.client.Fault as fault:
            raise StackFailure(f"{name} could not be started: {fault.faultString}.", self.home.log(name)) from fault

    def stop(self, name: str) -> None:
        """Stops a process and returns when it has ended."""
        self._stop({name})

    def states(self) -> list[ProcessState]:
        """Returns the state of every process of the configuration."""
        return self._read(lambda: [ProcessState.model_validate(info) for info in self._call("getAllProcessInfo")])

    def state(self, name: str) -> ProcessState:
        """Returns the state of a process."""
        return self._read(lambda: ProcessState.model_validate(self._call("getProcessInfo", name)))

    def shut_down(self) -> None:
        """Stops the services, then their servers, then supervisord; `orphans` ends the processes that remain."""
        try:
            running = {state.name for state in self.states() if state.statename in ALIVE_STATES}
            self._stop(running - SERVERS)
            self._stop(running & SERVERS)
            self._call("shutdown")
        except (OSError, xmlrpc.client.Error, StackFailure):
            return
        deadline = Deadline(STOP_SECONDS)
        while self.is_running() and not deadline.is_over():
            time.sleep(0.05)

    def _read(self, read: Callable[[], Found]) -> Found:
        try:
            return read()
        except (OSError, xmlrpc.client.Error) as error:
            raise StackFailure("The process supervisor does not answer.", self.home.log("supervisord")) from error

    def _stop(self, names: set[str]) -> None:
        for name in names:
            with contextlib.suppress(xmlrpc.client.Fault):  # it has ended by itself meanwhile
                self._call("stopProcess", name, False)
        deadline = Deadline(STOP_SECONDS)
        while not deadline.is_over():
            if not any(state.name in names and state.statename in ALIVE_STATES for state in self.states()):
                return
            time.sleep(0.1)

    def _call(self, method: str, *arguments: object) -> Any:
        transport = SupervisorTransport(None, None, f"unix://{self.home.socket()}")
        with xmlrpc.client.ServerProxy("http://localhost", transport=transport) as server:
            return getattr(server.supervisor, method)(*arguments)
