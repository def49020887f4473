"""The check that a lock has all that its service imports."""

from pathlib import Path

import pytest

from devstack import lock_imports
from devstack.environment import describe
from devstack.home import REPOSITORY, Home
from devstack.processes import whole_platform

NEEDED = {
    # What `import gunicorn` does without, and its worker of greenlets does not.
    "client-django": "packaging",
    "payment-aiohttp": "uvloop",
}


@pytest.fixture
def environments(tmp_path: Path) -> dict[str, dict[str, str]]:
    urls = {
        f"{name}_DATABASE_URL": "postgresql://nobody:password@127.0.0.1:9/none"
        for name in ("CLIENT", "TICKET", "PAYMENT")
    }
    plan = whole_platform(describe(Home(tmp_path / "home"), urls))
    return {process.folder.name: process.environment for process in plan.services}


@pytest.mark.parametrize("service", NEEDED)
def test_a_line_that_is_missing_in_a_lock_is_found(
    service: str, environments: dict[str, dict[str, str]], tmp_path: Path
) -> None:
    whole = (REPOSITORY / service / "requirements.lock").read_text(encoding="utf-8")
    assert f"\n{NEEDED[service]}==" in whole
    lock = tmp_path / "requirements.lock"
    lock.write_text(whole.replace(f"\n{NEEDED[service]}==", "\nattrs==", 1), encoding="utf-8")
    found = lock_imports.missing(service, environments[service], lock)
    assert f"No module named '{NEEDED[service]}'" in found


def test_scripts_are_not_run_and_what_they_import_is(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "app_pages").mkdir()
    for name in ("shop/__init__.py", "shop/seats.py", "app_pages/__init__.py"):
        (tmp_path / name).touch()
    (tmp_path / "app_pages/buy.py").write_text("from library.part import name\nimport other\n")
    assert lock_imports.modules(tmp_path) == ["library.part", "other", "shop", "shop.seats"]
