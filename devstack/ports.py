"""The ports of a stack: the table of contracts/README.md, shifted by `PORT_OFFSET`."""

import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import psutil

from devstack.failures import StackFailure

HOST = "127.0.0.1"
BASE_PORTS = {
    "client": 8000,
    "ticket": 8001,
    "payment": 8002,
    "organizer": 8003,
    "frontend": 8501,
    "postgres": 5433,
    "s3": 9000,
    "s3-console": 9001,
}
HIGHEST_OFFSET = 65535 - max(BASE_PORTS.values())


@dataclass(frozen=True)
class Ports:
    """The ports of one stack."""

    offset: int = 0

    @classmethod
    def from_environment(cls, given: Mapping[str, str]) -> "Ports":
        """Returns the ports for `PORT_OFFSET`, which is 0 if it is not given."""
        text = given.get("PORT_OFFSET", "").strip() or "0"
        if not text.isdecimal() or int(text) > HIGHEST_OFFSET:
            raise StackFailure(f"PORT_OFFSET must be a whole number from 0 to {HIGHEST_OFFSET}, not {text!r}.")
        return cls(int(text))

    def of(self, part: str) -> int:
        """Returns the port of a part of the stack."""
        return BASE_PORTS[part] + self.offset

    def url(self, part: str) -> str:
        """Returns the URL of a part that speaks HTTP."""
        return f"http://{HOST}:{self.of(part)}"


def is_free(port: int) -> bool:
    """Whether a server can bind the port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def unused_port() -> int:
    """Returns a port that no process uses at present."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def listener(port: int) -> str | None:
    """Describes the process that listens on a port, as far as this user may see it."""
    try:
        for connection in psutil.net_connections(kind="tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
                return f"{psutil.Process(connection.pid).name()}, process {connection.pid}"
    except psutil.Error:
        return None
    return None


def require_free(ports: Ports, parts: Iterable[str]) -> None:
    """Fails if another program uses one of the ports."""
    for part in parts:
        port = ports.of(part)
        if not is_free(port):
            holder = listener(port)
            who = f"by another program ({holder})" if holder else "by another program"
            raise StackFailure(
                f"Port {port}, needed for {part}, is in use {who}; end that one or choose other ports, "
                f"for example: PORT_OFFSET={ports.offset + 100} ./dev up"
            )
