"""PostgreSQL and S3 servers for test sessions and checks, in a temporary folder and on unused ports."""

import secrets
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from devstack import object_store, ports
from devstack.deadlines import Deadline
from devstack.environment import BUCKET, REGION, ObjectStoreAccess
from devstack.failures import StackFailure
from devstack.ports import HOST
from devstack.postgres import THROWAWAY_SETTINGS, PostgresServer
from devstack.running_program import running_program
from devstack.temporary import roomy_folder

START_SECONDS = 60


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
    with running_program(server.command(), folder / "postgres.log", stop_signal=signal.SIGINT):
        _await(server.answers, "PostgreSQL")
        yield


@contextmanager
def _object_store(access: ObjectStoreAccess, folder: Path) -> Iterator[None]:
    port = int(access.endpoint.rsplit(":", 1)[1])
    server = object_store.server(folder / "s3", port, ports.unused_port(), access.access_key, access.secret_key)
    with running_program(server.command, folder / "s3.log", environment=server.environment):
        from devstack import bucket  # noqa: PLC0415 - takes long

        _await(lambda: bucket.answers(access), "The object store")
        yield


def _await(answers: Callable[[], bool], name: str) -> None:
    deadline = Deadline(START_SECONDS)
    while not answers():
        if deadline.is_over():
            raise StackFailure(f"{name} for the tests did not answer within {deadline.granted:.0f} seconds.")
        time.sleep(0.1)
