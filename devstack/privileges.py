"""Starts PostgreSQL's programs without root's rights, since PostgreSQL refuses to run as root."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from devstack.deadlines import stretched
from devstack.failures import StackFailure

UNPRIVILEGED_USER = "nobody"
TRIAL_SECONDS = 10


@dataclass(frozen=True)
class Privileges:
    """A command prefix that drops root's rights, and the owner that the data directory then needs."""

    prefix: tuple[str, ...] = ()
    owner: tuple[int, int] | None = None
    """The user id and group id that must own the data directory; None if its present owner is right."""

    def command(self, program: Path, *arguments: str) -> list[str]:
        """Returns the full command that runs `program` with these privileges."""
        return [*self.prefix, str(program), *arguments]


def choose(program: Path, data: Path, succeeds: Callable[[Sequence[str]], bool] | None = None) -> Privileges:
    """Decides how to run a PostgreSQL program on `data`, a folder that exists.

    An ordinary user runs it directly. Root uses `setpriv` to become an unprivileged user, if that user can reach
    program and data. Otherwise root uses a user namespace: the process does not appear to itself as root, but keeps its
    kernel user, so that this also works below a private /root.
    """
    if os.geteuid() != 0:
        return Privileges()
    succeeds = succeeds or _succeeds
    for candidate in _candidates():
        if succeeds(candidate.command(program, "--version")) and _reaches(candidate, data, succeeds):
            return candidate
    raise StackFailure(
        "PostgreSQL does not run as root, and neither setpriv nor unshare works here; "
        "start ./dev as an ordinary user, or give CLIENT_DATABASE_URL, TICKET_DATABASE_URL and PAYMENT_DATABASE_URL."
    )


def _candidates() -> list[Privileges]:
    found = []
    setpriv, unshare = shutil.which("setpriv"), shutil.which("unshare")
    try:
        user = pwd.getpwnam(UNPRIVILEGED_USER)
    except KeyError:
        user = None
    if setpriv and user:
        prefix = (setpriv, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--no-new-privs")
        found.append(Privileges(prefix, (user.pw_uid, user.pw_gid)))
    if unshare:
        found.append(Privileges((unshare, "--user"), (0, 0)))
    return found


def _reaches(candidate: Privileges, data: Path, succeeds: Callable[[Sequence[str]], bool]) -> bool:
    """Whether the user can pass through the data directory's parent; the user becomes the owner of the directory."""
    shell = shutil.which("sh") or "/bin/sh"
    return succeeds([*candidate.prefix, shell, "-c", 'test -x "$1"', "sh", str(data.parent)])


def _succeeds(command: Sequence[str]) -> bool:
    output = subprocess.DEVNULL
    try:
        return subprocess.run(command, stdout=output, stderr=output, timeout=stretched(TRIAL_SECONDS)).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
