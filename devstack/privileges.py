"""PostgreSQL refuses to run as root; how its programs are started instead."""

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
    """A command prefix that sheds root's rights, and who then owns the data directory."""

    prefix: tuple[str, ...] = ()
    owner: tuple[int, int] | None = None
    """(user id, group id) the data directory must be given to; None: it stays with whoever starts the stack."""

    def command(self, program: Path, *arguments: str) -> list[str]:
        """The full command that runs `program` with these privileges."""
        return [*self.prefix, str(program), *arguments]


def choose(program: Path, data: Path, succeeds: Callable[[Sequence[str]], bool] | None = None) -> Privileges:
    """How to run a PostgreSQL program on `data`, a folder that exists.

    As an ordinary user: directly. As root: `setpriv` to an unprivileged user if that user can reach program and data,
    else a user namespace, in which the process keeps its kernel user (so it also works below a private /root) but is no
    longer root in its own eyes.
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
    """Whether the data directory's parent can be passed; the directory itself is given to the owner."""
    shell = shutil.which("sh") or "/bin/sh"
    return succeeds([*candidate.prefix, shell, "-c", 'test -x "$1"', "sh", str(data.parent)])


def _succeeds(command: Sequence[str]) -> bool:
    silent = subprocess.DEVNULL
    try:
        return subprocess.run(command, stdout=silent, stderr=silent, timeout=stretched(TRIAL_SECONDS)).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
