"""Where a stack keeps its state: everything lies below `TICKETING_HOME` (DESIGN section 8)."""

import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from devstack.failures import StackFailure

REPOSITORY = Path(__file__).resolve().parent.parent

LONGEST_SOCKET_PATH = 90
"""Bytes. Unix socket addresses end at 104 on macOS, 108 on Linux; supervisor adds a suffix while it binds."""


@dataclass(frozen=True)
class Home:
    """The folders and files of one stack."""

    path: Path

    @classmethod
    def from_environment(cls, given: Mapping[str, str]) -> "Home":
        """`TICKETING_HOME`, relative to the current folder, or `.dev` in the repository."""
        chosen = given.get("TICKETING_HOME", "").strip()
        return cls(Path(chosen).expanduser().resolve() if chosen else REPOSITORY / ".dev")

    @property
    def logs(self) -> Path:
        """One log file per process and per step."""
        return self.path / "logs"

    @property
    def run(self) -> Path:
        """What lives only as long as the stack: configuration, socket, description of what runs."""
        return self.path / "run"

    @property
    def postgres(self) -> Path:
        """The data directory of PostgreSQL."""
        return self.path / "postgres"

    @property
    def object_store(self) -> Path:
        """What the stack's own S3 server stores."""
        return self.path / "s3"

    @property
    def secrets(self) -> Path:
        """Keys and passwords, made once, readable by their owner only."""
        return self.path / "secrets.json"

    @property
    def mail(self) -> Path:
        """Where Django's file backend drops outgoing mail."""
        return self.path / "mail"

    @property
    def organizer_database(self) -> Path:
        """The organizer simulator's own file."""
        return self.path / "organizer.sqlite3"

    def log(self, name: str) -> Path:
        """The log file of one process or step."""
        return self.logs / f"{name}.log"

    def socket(self) -> Path:
        """The supervisor's control socket: below the home, or in a short private folder if that path is too long."""
        below_home = self.run / "supervisor.sock"
        if len(os.fsencode(below_home)) <= LONGEST_SOCKET_PATH:
            return below_home
        digest = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"ticketing-{os.getuid()}-{digest}" / "supervisor.sock"

    def make(self) -> None:
        """Creates the folders.

        The home itself stays passable because PostgreSQL may run as another user; what is private is so by itself.
        """
        try:
            for folder in (self.path, self.logs, self.run, self.mail):
                folder.mkdir(parents=True, exist_ok=True)
            self.run.chmod(0o700)
            self._make_socket_folder()
        except OSError as error:
            raise StackFailure(f"The folder {self.path} cannot hold the stack's state: {error.strerror}.") from error

    def _make_socket_folder(self) -> None:
        folder = self.socket().parent
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.stat().st_uid != os.getuid():
            raise StackFailure(f"The folder {folder}, needed for the control socket, belongs to another user.")
