"""Lock files must be usable on any machine."""

import re
from pathlib import Path

import pytest

from devstack import locks

PIN = re.compile(r"^([a-z0-9-]+)==(\S+)(?: ; (.*?))? \\$", re.MULTILINE)


@pytest.mark.parametrize(
    "lock", [lock.path for lock in locks.all_locks()], ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_a_lock_holds_names_versions_and_hashes_only(lock: Path) -> None:
    assert locks.FOREIGN.search(lock.read_text()) is None


@pytest.mark.parametrize(
    "line", ["--index-url https://example.org/simple", "-i x", "--find-links /opt", "a @ file:///tmp/a"]
)
def test_an_address_or_option_in_a_lock_is_found(line: str) -> None:
    assert locks.FOREIGN.search(f"a==1 \\\n    --hash=sha256:00\n{line}\n")


def test_all_locks_agree_with_each_other() -> None:
    pins: dict[str, set[str]] = {}
    for lock in locks.all_locks():
        found = PIN.findall(lock.path.read_text())
        assert len(found) > 10, lock.path
        for name, version, marker in found:
            pins.setdefault(f"{name} {marker}", set()).add(version)
    assert {name: versions for name, versions in pins.items() if len(versions) > 1} == {}
