"""Where the homes of tests are put."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from devstack import temporary


@pytest.mark.parametrize(("free", "is_chosen"), [(temporary.ROOM_BYTES, True), (temporary.ROOM_BYTES - 1, False)])
def test_memory_is_chosen_if_it_has_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, is_chosen: bool
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    assert temporary.roomy_folder(tmp_path) == (tmp_path if is_chosen else None)


def test_without_such_a_file_system_the_usual_folder_is_taken(tmp_path: Path) -> None:
    assert temporary.roomy_folder(tmp_path / "missing") is None
