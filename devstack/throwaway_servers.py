"""PostgreSQL and S3 servers for test sessions and checks, in a temporary folder and on unused ports."""

import os
import secrets
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from devstack import object_store, ports
from devstack.deadlines import Deadline, stretched
from devstack.environment import BUCKET, REGION, ObjectStoreAccess
from devstack.failures import StackFailure
from devstack.ports import HOST
from devstack.postgres import THROWAWAY_SETTINGS, PostgresServer
from devstack.temporary import roomy_folder

START_SECONDS = 60
STOP_SECONDS = 20


@dataclass(frozen=True)
class ThrowawayServers:
    """The addresses of the servers, and their keys."""

    folder: Path
    postgres: PostgresServer
    object_store: ObjectStoreAccess

    def environment(self) -> dict[str, str]:
        """Returns the environment variables that unit and API tests read (contracts/README.md)."""
        return {
            "TEST_POSTGRES_URL": self.postgres.superuser_url(),
            "TEST_S3_ENDPOINT": self.object_store.endpoint,
            "TEST_S3_ACCESS_KEY": self.object_store.access_key,
            "TEST_S3_SECRET_KEY": self.object_store.secret_key,
        }


@contextmanager
def running() -> Iterator[ThrowawayServers]:
    """Runs both servers while the block runs; they are ready when it begins."""
    with tempfile.TemporaryDirectory(prefix="ticketing-test-", dir=roomy_folder(), ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL may run as another user, who must pass through the folder
        servers = ThrowawayServers(
            folder,
            PostgresServer(folder / "postgres", ports.unused_port(), secrets.token_urlsafe(16), THROWAWAY_SETTINGS),
            _access(ports.unused_port()),
        )
        with _postgres(servers.postgres, folder), _object_store(servers.object_store, folder):
            yield servers


def _access(port: int) -> ObjectStoreAccess:
    url = f"http://{HOST}:{port}"
    return ObjectStoreAccess(url, url, BUCKET, secrets.token_hex(10), secrets.token_hex(20), REGION, ours=True)


@contextmanager
def _postgres(server: PostgresServer, folder: Path) -> Iterator[None]:
    with _program(server.command(), {}, folder / "postgres.log", stop_signal=2):
        _await(server.answers, "PostgreSQL")
        yield


@contextmanager
def _object_store(access: ObjectStoreAccess, folder: Path) -> Iterator[None]:
    port = int(access.endpoint.rsplit(":", 1)[1])
    server = object_store.server(folder / "s3", port, ports.unused_port(), access.access_key, access.secret_key)
    with _program(server.command, server.environment, folder / "s3.log", stop_signal=15):
        from devstack import bucket  # noqa: PLC0415 - takes long

        _await(lambda: bucket.answers(access), "The object store")
        yield


def _await(answers: Callable[[], bool], name: str) -> None:
    deadline = Deadline(START_SECONDS)
    while not answers():
        if deadline.is_over():
            raise StackFailure(f"{name} for the tests did not answer within {deadline.granted:.0f} seconds.")
        time.sleep(0.1)


@contextmanager
def _program(command: list[str], environment: dict[str, str], log: Path, stop_signal: int) -> Iterator[None]:
    with log.open("w") as output:
        try:
            program = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                env={**os.environ, **environment},
                start_new_session=True,  # a Ctrl-C must end the tests first, then this process, then the servers
            )
        except OSError as error:
            raise StackFailure(f"{command[0]} could not be started: {error}.") from error
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            program.send_signal(stop_signal)
        try:
            program.wait(stretched(STOP_SECONDS))
        except subprocess.TimeoutExpired:
            program.kill()
