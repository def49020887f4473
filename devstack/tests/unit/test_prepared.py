"""The digest that says whether a copy of migrated databases may be used."""

from dataclasses import replace
from pathlib import Path

import pytest

from devstack.environment import describe
from devstack.home import Home
from devstack.prepared import KEPT, VARIABLE, PreparedDatabases, digest
from devstack.processes import Step


@pytest.fixture
def migration(tmp_path: Path) -> Step:
    """A step in a service's folder with one migration and one test."""
    for name in ("migrations/0001.py", "tests/test_one.py", "migrations/__pycache__/0001.pyc"):
        path = tmp_path / "service" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("first")
    return Step("migrate", "migrations", ["python", "migrate.py"], tmp_path / "service", {})


@pytest.mark.parametrize("name", ["migrations/0001.py", "migrations/0002.py", "models.py"])
def test_a_changed_or_new_source_gives_another_digest(migration: Step, name: str) -> None:
    before = digest([migration])
    (migration.folder / name).write_text("second")
    assert digest([migration]) != before


def test_another_command_gives_another_digest(migration: Step) -> None:
    assert digest([migration]) != digest([replace(migration, command=["python", "migrate.py", "--fake"])])


@pytest.mark.parametrize("name", ["tests/test_one.py", "migrations/__pycache__/0001.pyc", ".hidden"])
def test_what_no_migration_imports_changes_nothing(migration: Step, name: str) -> None:
    before = digest([migration])
    (migration.folder / name).write_text("second")
    assert digest([migration]) == before


def test_a_copy_is_found_only_for_a_new_stack_with_databases_of_its_own(
    home: Home, migration: Step, tmp_path: Path
) -> None:
    chosen = {VARIABLE: str(tmp_path / "copies")}
    assert PreparedDatabases.find(describe(home, chosen), [migration])
    assert PreparedDatabases.find(describe(home, {}), [migration]) is None
    given = {**chosen, "PAYMENT_DATABASE_URL": "postgresql://payment@127.0.0.1/payment"}
    assert PreparedDatabases.find(describe(home, given), [migration]) is None
    home.postgres.mkdir(parents=True)
    (home.postgres / "PG_VERSION").touch()
    assert PreparedDatabases.find(describe(home, chosen), [migration]) is None


def test_a_folder_into_which_others_may_look_is_not_used(home: Home, migration: Step, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    folder.chmod(0o755)
    assert PreparedDatabases.find(describe(home, {VARIABLE: str(folder)}), [migration]) is None


def test_the_copies_that_were_used_last_are_kept(tmp_path: Path) -> None:
    copies, data = tmp_path / "copies", tmp_path / "data"
    copies.mkdir()
    data.mkdir()
    (data / "PG_VERSION").write_text("16")
    for number in range(KEPT + 2):
        PreparedDatabases(copies / f"{number}").keep(data, "password")
        assert PreparedDatabases(copies / "0").copy_to(tmp_path / f"home-{number}") == "password"
    assert len(list(copies.iterdir())) == KEPT
    assert (copies / f"{KEPT + 1}").exists()
    assert not PreparedDatabases(copies / "1").copy_to(tmp_path / "other")
    assert not (tmp_path / "other").exists()
