"""The folder of a stack: all of its state is below `TICKETING_HOME`."""

import hashlib
import os
import shutil
import socket
import stat
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from devstack.failures import StackFailure
from devstack.unusable_folder import FULL, NO_PERMISSIONS_KEPT, explain, unusable

REPOSITORY = Path(__file__).resolve().parent.parent

LONGEST_SOCKET_PATH = 90
"""The longest path of a Unix socket, in bytes: 104 on macOS, 108 on Linux, less a suffix that supervisor adds."""


ROOM_FOR_A_NEW_STACK, ROOM_TO_GO_ON = 200 * 2**20, 20 * 2**20
"""The bytes that must be free on the disk."""


@dataclass(frozen=True)
class Home:
    """The folders and files of one stack."""

    path: Path

    @classmethod
    def from_environment(cls, given: Mapping[str, str]) -> "Home":
        """Returns the home at `TICKETING_HOME`, relative to the current folder, or `.dev` in the repository."""
        chosen = given.get("TICKETING_HOME", "").strip()
        try:
            return cls(Path(chosen).expanduser().resolve() if chosen else REPOSITORY / ".dev")
        except OSError as error:
            raise explain(Path(chosen), error) from error
        except RuntimeError as error:  # an unknown home directory, or symbolic links that form a circle
            raise unusable(Path(chosen), str(error).rstrip(".")) from error

    @property
    def logs(self) -> Path:
        """The folder with a log file for each process and step."""
        return self.path / "logs"

    @property
    def run(self) -> Path:
        """The folder for files of the running stack: configuration, socket, descriptions of the processes."""
        return self.path / "run"

    @property
    def postgres(self) -> Path:
        """The data directory of PostgreSQL."""
        return self.path / "postgres"

    @property
    def object_store(self) -> Path:
        """The data of the stack's own S3 server."""
        return self.path / "s3"

    @property
    def secrets(self) -> Path:
        """The file with keys and passwords, made once, readable only by its owner."""
        return self.path / "secrets.json"

    @property
    def mail(self) -> Path:
        """The folder into which Django's file backend writes outgoing mail."""
        return self.path / "mail"

    @property
    def client_metrics(self) -> Path:
        """The folder through which the processes of client count together."""
        return self.run / "client-metrics"

    @property
    def organizer_database(self) -> Path:
        """The organizer simulator's database file."""
        return self.path / "organizer.sqlite3"

    def log(self, name: str) -> Path:
        """Returns the log file of a process or step."""
        return self.logs / f"{name}.log"

    def socket(self) -> Path:
        """Returns the path of the supervisor's socket: below the home, or in a private folder if that is too long."""
        below_home = self.run / "supervisor.sock"
        if len(os.fsencode(below_home)) <= LONGEST_SOCKET_PATH:
            return below_home
        digest = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"ticketing-{os.getuid()}-{digest}" / "supervisor.sock"

    def make(self) -> None:
        """Creates the folders.

        Other users may pass through the home, because PostgreSQL may run as another user; private files in it have
        permissions of their own.
        """
        try:
            for folder in (self.path, self.logs, self.run, self.mail):
                folder.mkdir(parents=True, exist_ok=True)
            self._require_room()
            self._close_to_others(self.run)
        except OSError as error:
            raise explain(self.path, error) from error
        self._make_socket_folder()

    def is_full(self) -> bool:
        """Whether its disk has too little free space for the stack."""
        try:
            return shutil.disk_usage(self.path).free < ROOM_TO_GO_ON
        except OSError:
            return False

    def _require_room(self) -> None:
        needed = ROOM_TO_GO_ON if self.postgres.exists() else ROOM_FOR_A_NEW_STACK
        free = shutil.disk_usage(self.path).free
        if free < needed:
            raise unusable(self.path, f"{FULL} ({free >> 20} MB are free, {needed >> 20} MB are needed)")

    def _close_to_others(self, folder: Path) -> None:
        if folder.stat().st_uid != os.geteuid():
            raise unusable(self.path, f"{folder} belongs to another user")
        with suppress(PermissionError):
            folder.chmod(0o700)
        if stat.S_IMODE(folder.stat().st_mode) != 0o700:
            raise unusable(self.path, NO_PERMISSIONS_KEPT)

    def _make_socket_folder(self) -> None:
        folder = self.socket().parent
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            if folder.stat().st_uid != os.getuid():
                raise StackFailure(f"The folder {folder}, needed for the control socket, belongs to another user.")
            _try_socket(folder / "try.sock")
        except OSError as error:
            raise unusable(folder, f"it cannot hold a Unix socket ({error})") from error


def _try_socket(path: Path) -> None:
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as probe:
        probe.bind(os.fsencode(path))
    path.unlink()
