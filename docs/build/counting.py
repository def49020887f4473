"""Counts the tests of every session of `./dev test`, by pytest itself, without running them."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from devstack import pytest_session, suites
from devstack.pytest_session import Session
from docs.build.places import REPOSITORY

AT_ONCE = 2
CONTRACTS = REPOSITORY / "contracts"
# Collecting asks for these, but connects to nothing.
NO_SERVERS = {
    "TEST_POSTGRES_URL": "postgresql://nobody@127.0.0.1:1/none",
    "TEST_S3_ENDPOINT": "http://127.0.0.1:1",
    "TEST_S3_ACCESS_KEY": "none",
    "TEST_S3_SECRET_KEY": "none",
    "TEST_LENGTH": "full",
}
NAMES = {
    "client-django": "client",
    "ticket-fastapi": "ticket",
    "payment-aiohttp": "payment",
    "frontend-streamlit": "frontend",
    "devstack": "workbench",
}
"""What a folder's tests are called in the documents; a folder below `tests/` has its own name."""


@dataclass(frozen=True)
class Counted:
    """How many tests a session has, and the digest of the files that it was counted from."""

    tests: int
    digest: str


Sessions = Mapping[str, Counted]


def sessions_by_title() -> dict[str, Session]:
    """Every pytest session of `./dev test`, by the path of its folder."""
    return {session.title: session for group in suites.GROUPS for session in suites.sessions(group)}


def count_tests(known: Sessions) -> dict[str, Counted]:
    """Counts the tests of every session; those whose files are as `known` says are not collected again.

    Raises SystemExit when a session has no test: something keeps it from being collected.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in suites.NOT_OURS}

    def count(title: str, session: Session) -> Counted:
        digest = _digest(session)
        before = known.get(title)
        if before is not None and before.digest == digest:
            return before
        return Counted(pytest_session.collected(session, {**inherited, **NO_SERVERS}), digest)

    sessions = sessions_by_title()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        counted = dict(zip(sessions, pool.map(count, sessions, sessions.values()), strict=True))
    if empty := [title for title, found in counted.items() if not found.tests]:
        raise SystemExit(f"No test was collected in {', '.join(empty)}.")
    return counted


def _digest(session: Session) -> str:
    """Of the session's tests and of the contracts, whose vectors many tests take as parameters."""
    found = hashlib.sha256()
    for folder in (session.folder / session.tests, CONTRACTS):
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".py", ".json"):
                found.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()[:16]


def figures(sessions: Sessions) -> dict[str, int]:
    """`tests.<what>` for every part of the platform, and `tests.all`."""
    found: Counter[str] = Counter()
    for title, counted in sessions.items():
        first, *others = title.split("/")
        found[f"tests.{NAMES.get(first) or (others[0] if first == 'tests' else first)}"] += counted.tests
        found["tests.all"] += counted.tests
    return dict(sorted(found.items()))
