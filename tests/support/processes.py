"""Stops, kills and starts single processes of a running stack, by its supervisor."""

from __future__ import annotations

import os
import signal
import xmlrpc.client
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import SupervisorTransport

from devstack.home import Home
from tests.support.waiting import until

PROCESSES = (
    "client",
    "client-worker",
    "ticket",
    "ticket-worker",
    "payment",
    "payment-worker",
    "organizer",
    "postgres",
    "s3",
)
"""All but the dashboard."""
ALREADY_STARTED, NOT_RUNNING = 60, 70
"""Fault codes of supervisor's interface."""


class Processes:
    """The processes of the stack at one home."""

    def __init__(self, home: Path) -> None:
        self._socket = Home(home).socket()

    def pid(self, name: str) -> int:
        """The process id, 0 while it does not run."""
        return int(self._ask("getProcessInfo", name)["pid"])

    def stop(self, name: str) -> None:
        """Stops it as an operator would; it stays stopped."""
        self._tolerating(NOT_RUNNING, lambda: self._ask("stopProcess", name, True))

    def start(self, name: str) -> None:
        """Starts it again after `stop`."""
        self._tolerating(ALREADY_STARTED, lambda: self._ask("startProcess", name, True))

    def kill(self, name: str) -> None:
        """`kill -9`; the supervisor starts it again. Returns as soon as another process has its place."""
        old = self.pid(name)
        os.kill(old, signal.SIGKILL)
        self.await_restart(name, old)

    def await_restart(self, name: str, old: int) -> None:
        """Returns as soon as another process has the place of `old`."""
        until(lambda: self.pid(name), lambda pid: pid not in (0, old), what=f"{name} runs again", seconds=30)

    @contextmanager
    def stopped(self, name: str) -> Iterator[None]:
        """Without this process for a while."""
        self.stop(name)
        try:
            yield
        finally:
            self.start(name)

    @contextmanager
    def paused(self, name: str) -> Iterator[None]:
        """With this process and its children standing still (SIGSTOP) for a while."""
        group = self.pid(name)  # the supervisor gives each process a group of its own
        os.killpg(group, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(group, signal.SIGCONT)

    def _ask(self, method: str, *arguments: object) -> Any:
        transport = SupervisorTransport(None, None, f"unix://{self._socket}")
        try:
            proxy = xmlrpc.client.ServerProxy("http://localhost", transport=transport)
            return getattr(proxy.supervisor, method)(*arguments)
        finally:
            transport.close()

    @staticmethod
    def _tolerating(code: int, call: Any) -> None:
        try:
            call()
        except xmlrpc.client.Fault as fault:
            if fault.faultCode != code:
                raise
