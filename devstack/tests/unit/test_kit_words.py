"""The package that the services share contains no word of the business."""

from __future__ import annotations

from pathlib import Path

import pytest

from devstack import kit_words
from devstack.home import REPOSITORY
from devstack.locks import KIT


def test_the_package_knows_no_business() -> None:
    folder = REPOSITORY / KIT / "src"
    assert list(folder.rglob("*.py"))
    assert kit_words.found(folder) == []


@pytest.mark.parametrize("line", ["def free(seat_id): ...", "# all Bookings", "class X:  # an invoice's number"])
def test_a_word_of_the_business_is_found_with_its_place(tmp_path: Path, line: str) -> None:
    (tmp_path / "module.py").write_text(f"\n{line}\n")
    (problem,) = kit_words.found(tmp_path)
    assert problem.startswith("module.py:2: ")


def test_words_that_only_begin_alike_are_not_meant(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text("seating = ticketed = 1\n")
    assert kit_words.found(tmp_path) == []
