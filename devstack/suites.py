"""`./dev test`: which test folders there are, and one pytest session for each, several of them at a time."""

import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import replace
from itertools import chain
from pathlib import Path
from threading import Lock

from rich.markup import escape

from devstack import capabilities, pytest_session, throwaway_servers
from devstack.failures import StackFailure
from devstack.home import REPOSITORY
from devstack.junit import Count, Results
from devstack.locks import KIT, SERVICES
from devstack.pytest_session import Outcome, Session
from devstack.stack import REMEMBERED
from devstack.steps import out

AT_ONCE = 5
"""Sessions often wait, those across services most, for the processes of their stacks: four leave a quarter of two cores
idle.
"""
PROGRESS_SECONDS = 60
_PRINTING = Lock()

CROSS_SERVICE_GROUPS = ("e2e", "chaos", "browser", "postman", "compose", "mutants")
GROUPS = ("unit", "api", *CROSS_SERVICE_GROUPS)
ONLY_BY_NAME = ("compose", "mutants")
"""Groups that take long and have no short form: images are built, and every guard is taken out."""

ROOT_UNIT_FOLDERS = ("devstack/tests/unit", "tests/contracts", "tests/model", "seeds/tests")
ROOT_API_FOLDERS = ("devstack/tests/api",)
NOT_OURS = ("DATABASE_URL", "DJANGO_SETTINGS_MODULE", "PYTHONPATH", "TICKETING_HOME", *REMEMBERED)
"""What a test session must not inherit: it would run on somebody's real stack."""


def sessions(group: str) -> list[Session]:
    """The pytest sessions of a group; folders that hold no tests are left out."""
    found = [Session(group, REPOSITORY / service, f"tests/{group}", _source(service)) for service in (*SERVICES, KIT)]
    if group in CROSS_SERVICE_GROUPS:
        found = [Session(group, REPOSITORY, f"tests/{group}", REPOSITORY)]
    elif group == "unit":
        found += [Session(group, REPOSITORY, folder, REPOSITORY) for folder in ROOT_UNIT_FOLDERS]
    else:
        found += [Session(group, REPOSITORY, folder, REPOSITORY) for folder in ROOT_API_FOLDERS]
    found = [session for session in found if any((session.folder / session.tests).rglob("test_*.py"))]
    return [part for session in found for part in parts(session)]


SECOND_PARTS = {"ticket-fastapi/tests/api": "test_[o-z]*.py"}
"""Folders that take two sessions, which run beside each other: the second runs the files that match, the first all
others. Ticket's session was the longest of all.

Each session has a database of its own, so that the tests of one do not meet those of the other.
"""


def parts(session: Session) -> list[Session]:
    """Returns the sessions that together run the tests of `session`: two if its folder is split, else itself."""
    second = SECOND_PARTS.get(session.place)
    return [replace(session, without=second), replace(session, only=second)] if second else [session]


def _source(service: str) -> Path:
    source = REPOSITORY / service / "src"
    return source if source.is_dir() else REPOSITORY / service


def chosen_groups(names: Sequence[str]) -> list[str]:
    """The groups asked for, in their usual order.

    If none was named: all that exist, but those that run only by name.
    """
    unknown = [name for name in names if name not in GROUPS]
    if unknown:
        raise StackFailure(f"There is no test group {unknown[0]}; there are: {', '.join(GROUPS)}.")
    if names:
        return [group for group in GROUPS if group in names]
    written = [group for group in GROUPS if group not in CROSS_SERVICE_GROUPS or _is_written(group)]
    return [group for group in written if group not in ONLY_BY_NAME]


def _is_written(group: str) -> bool:
    return any((REPOSITORY / "tests" / group).glob("*.py"))


def run(names: Sequence[str], extra: Sequence[str]) -> bool:
    """Runs the groups; False if anything failed. At the end it prints why tests were skipped, which failed, the sum.

    Long tests run whole when their group was named and in a short form otherwise; `TEST_LENGTH`, `full` or `short`,
    overrules that.
    """
    environment = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
    environment.setdefault("TEST_LENGTH", "full" if names else "short")
    groups = chosen_groups(names)
    total = Results()
    wanted: list[list[Session]] = []
    for group in groups:
        found = sessions(group)
        lack = capabilities.missing(group)
        if lack is not None:
            total += _skipped(group, lack, found, environment)
        elif not found:
            total += _empty(group)
        else:
            wanted.append(found)
    with ExitStack() as stack:
        if {"unit", "api"} & set(groups):
            environment |= stack.enter_context(throwaway_servers.running()).environment()
        total += _run_all(in_running_order(wanted), environment, extra)
    if not total.count.total:
        total += _empty(", ".join(groups))
    sys.stdout.write(f"{total.summary()}{total.count.line()}\n")
    return total.count.failed == 0


def _skipped(group: str, lack: str, found: Iterable[Session], environment: Mapping[str, str]) -> Results:
    number = max(1, sum(pytest_session.collected(session, environment) for session in found))
    out.print(f"[bold yellow]SKIPPED[/] {group}: {lack} ({number} tests)")
    return Results(Count(skipped=number), skipped=Counter({f"{group}: {lack}": number}))


def _empty(group: str) -> Results:
    trouble = f"{group}: no test was collected"
    out.print(f"[bold red]FAILED[/] {trouble}")
    return Results(Count(failed=1), (trouble,))


LONG_ONES = (
    "tests/browser",
    "tests/e2e",
    "ticket-fastapi/tests/api",
    "tests/postman",
    "client-django/tests/api",
    "tests/chaos",
    "frontend-streamlit/tests/api",
    "devstack/tests/api",
    "tests/contracts",
    "payment-aiohttp/tests/api",
    "servicekit/tests/api",
)
"""Sessions that begin first, the longest at the front: the short ones fill both cores at the end."""


def in_running_order(groups: Iterable[Sequence[Session]]) -> list[Session]:
    """Returns the sessions of all groups, those that take longest first."""
    ranks = {place: rank for rank, place in enumerate(LONG_ONES)}
    return sorted(chain.from_iterable(groups), key=lambda session: ranks.get(session.place, len(ranks)))


def _run_all(ordered: Sequence[Session], environment: Mapping[str, str], extra: Sequence[str]) -> Results:
    if len(ordered) == 1:
        _begin(ordered[0])
        return _end(ordered[0], pytest_session.run(ordered[0], environment, extra))
    total = Results()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        running = {pool.submit(_run_aside, session, environment, extra): session for session in ordered}
        try:
            for done in _as_they_end(running):
                total += done.result()
        except BaseException:
            # Ctrl-C reaches those that run, and they clean up behind themselves; the others must not begin.
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return total


def _run_aside(session: Session, environment: Mapping[str, str], extra: Sequence[str]) -> Results:
    """Its output is kept until it ends, so that those of several do not mix."""
    out.print(f"[dim]· {escape(session.title)} begins[/]")
    with tempfile.TemporaryFile() as output:
        outcome = pytest_session.run(session, environment, extra, output)
        output.seek(0)
        with _PRINTING:
            _begin(session)
            sys.stdout.flush()
            shutil.copyfileobj(output, sys.stdout.buffer)
            return _end(session, outcome)


def _as_they_end(running: Mapping[Future[Results], Session]) -> Iterator[Future[Results]]:
    left = set(running)
    while left:
        ended, left = wait(left, PROGRESS_SECONDS, FIRST_COMPLETED)
        yield from ended
        if not ended:
            names = ", ".join(sorted(session.title for future, session in running.items() if future.running()))
            out.print(f"[dim]· still at {escape(names)}[/]")


def _begin(session: Session) -> None:
    out.rule(f"{session.group}: {escape(session.title)}", align="left")


def _end(session: Session, outcome: Outcome) -> Results:
    if outcome.trouble is not None:
        out.print(f"[bold red]FAILED[/] {escape(f'{session.title}: {outcome.trouble}')}")
    out.print(f"[dim]{escape(session.title)}: {outcome.results.count.line()} in {outcome.seconds:.0f} s[/]")
    return outcome.results
