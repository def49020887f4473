"""Every guard of the catalogue is needed: without it the test that is named for it fails."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack import throwaway_servers
from tests.mutants.catalogue import Mutant, mutants
from tests.mutants.repository_copy import RepositoryCopy

SOME_TESTS_FAILED = 1
MUTANTS = mutants()


@pytest.fixture(scope="session")
def copy() -> Iterator[RepositoryCopy]:
    """A copy of the repository, with servers for its unit and API tests."""
    with throwaway_servers.running() as servers, tempfile.TemporaryDirectory(prefix="ticketing-test-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL may run as another user, who has to read from the copy
        yield RepositoryCopy.make(Path(folder) / "repository", {**os.environ, **servers.environment()})


@pytest.mark.parametrize("folder", sorted({mutant.folder for mutant in MUTANTS}))
def test_the_named_tests_pass_while_every_guard_is_there(copy: RepositoryCopy, folder: str, tmp_path: Path) -> None:
    named = sorted({mutant.test_in_folder for mutant in MUTANTS if mutant.folder == folder})
    run = copy.run(folder, named, tmp_path / "report.xml")
    assert run.status == 0, run.output
    assert run.results.count.passed >= len(named), run.output
    assert run.results.count.skipped == 0, run.output


@pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant.name for mutant in MUTANTS])
def test_without_the_guard_its_test_fails(copy: RepositoryCopy, mutant: Mutant, tmp_path: Path) -> None:
    with copy.without_guard(mutant):
        run = copy.run(mutant.folder, [mutant.test_in_folder], tmp_path / "report.xml")
    assert run.status == SOME_TESTS_FAILED, f"{mutant.guard}: not noticed by {mutant.test}\n{run.output}"
    assert run.results.count.failed >= 1, run.output
