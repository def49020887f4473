"""The previous release's code works on the schema of this release (docs/versioning.md).

The code and the tests of the previous release come from the repository's history; only the migrations are of today.
A copy of the repository without that history skips these tests; `test_migrations_are_additive.py` compares schemas
everywhere.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from devstack.deadlines import stretched

REPOSITORY = Path(__file__).resolve().parents[2]
PREVIOUS_RELEASE = "5f2366ff0"
"""The revision before the changes that are not released yet.

Each release moves it on to its predecessor, with the names of that revision's tests.
"""
SHARED = ("contracts", "devstack", "servicekit")
RULES_OF_MIGRATIONS = ("contracts", "servicekit/src", "client-django/client")
"""Where today's migrations find rules that the previous release lacks."""
SERVICES = ("client-django", "payment-aiohttp", "ticket-fastapi")


@dataclass(frozen=True)
class Story:
    """Tests of the previous release that use the main statements of one service; `tests` is how many they are."""

    service: str
    arguments: tuple[str, ...]
    tests: int


STORIES = (
    Story(
        "ticket-fastapi",  # events and seats, a booking until its document, and a seat that passes to the first in line
        (
            "tests/api/test_booking_chain.py",
            "tests/api/test_waitlist.py::test_the_first_in_line_gets_the_seat_with_an_invoice_and_a_deadline",
        ),
        2,
    ),
    Story("payment-aiohttp", ("tests/api/test_invoice_lifecycle.py",), 5),
    Story(
        "client-django",
        (
            "tests/api/test_booking.py::test_a_booking_is_held_and_waits_for_payment",
            "tests/api/test_booking.py::test_refresh_mirrors_what_ticket_says_now",
            "tests/api/test_accounts.py::test_staff_manage_users",
        ),
        3,
    ),
)
SHORT_FORM = ("ticket-fastapi",)
"""The services that are tested also when all groups run; the others take as long again."""


@pytest.fixture(scope="module")
def previous_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the previous release's code, with the migrations of today."""
    command = ["git", "archive", "--format=zip", PREVIOUS_RELEASE, *SHARED, *SERVICES]
    try:
        archive = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=True, timeout=stretched(30)).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip(f"this copy of the repository does not have revision {PREVIOUS_RELEASE}, the previous release")
    folder = tmp_path_factory.mktemp("previous-release")
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        files.extractall(folder)
    for migrations in [path for service in SERVICES for path in (REPOSITORY / service).glob("**/migrations")]:
        shutil.rmtree(folder / migrations.relative_to(REPOSITORY), ignore_errors=True)
        _add_missing(migrations, folder)
    for rules in RULES_OF_MIGRATIONS:
        _add_missing(REPOSITORY / rules, folder)
    return folder


def _add_missing(source: Path, folder: Path) -> None:
    """Copies what is below `source` and not in the previous release; nothing of the previous release is replaced."""

    def copy(original: str, target: str) -> None:
        if not Path(target).exists():
            shutil.copyfile(original, target)

    target = folder / source.relative_to(REPOSITORY)
    shutil.copytree(
        source, target, copy_function=copy, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True
    )


@pytest.mark.parametrize(
    "story",
    [
        pytest.param(story, id=story.service, marks=[] if story.service in SHORT_FORM else pytest.mark.long)
        for story in STORIES
    ],
)
def test_the_previous_release_runs_on_the_new_schema(previous_release: Path, story: Story) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider", *story.arguments],
        cwd=previous_release / story.service,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(map(str, (previous_release, previous_release / "servicekit/src"))),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=stretched(120),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{story.tests} passed" in done.stdout.splitlines()[-1]
