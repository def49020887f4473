"""Texts are stored, refused, put on one line and compared as contracts/text.json says."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from servicekit.text import TextError, look_alike_key, one_line, put_on_one_line, several_lines

TEXT: dict[str, Any] = json.loads((Path(__file__).parents[3] / "contracts/text.json").read_text(encoding="utf-8"))
APART: list[str] = TEXT["look_alike"]["apart"]


def named(kind: str) -> list[Any]:
    return [pytest.param(vector, id=vector["name"]) for vector in TEXT[kind]]


@pytest.mark.parametrize("vector", named("one_line"))
def test_a_text_of_one_line_is_stored_or_refused(vector: dict[str, Any]) -> None:
    if vector["stored"] is not None:
        assert one_line(vector["input"]) == vector["stored"]
    elif vector["input"].strip():
        with pytest.raises(TextError, match=r"one line.*U\+[0-9A-F]{4,}"):
            one_line(vector["input"])
    else:
        assert one_line(vector["input"]) == ""


@pytest.mark.parametrize("vector", named("several_lines"))
def test_a_text_of_several_lines_is_stored_or_refused(vector: dict[str, Any]) -> None:
    if vector["stored"] is None:
        with pytest.raises(TextError):
            several_lines(vector["input"])
    else:
        assert several_lines(vector["input"]) == vector["stored"]


@pytest.mark.parametrize("vector", named("on_one_line"))
def test_any_text_is_put_on_one_line(vector: dict[str, Any]) -> None:
    assert put_on_one_line(vector["input"], vector["longest"]) == vector["text"]


@pytest.mark.parametrize("longest", [None, 1, 2, 3, 5, 8])
def test_what_was_put_on_one_line_is_accepted_as_it_is(longest: int | None) -> None:
    inputs = [vector["input"] for kind in ("one_line", "several_lines", "on_one_line") for vector in TEXT[kind]]
    for text in [*inputs, *map("".join, itertools.product(["a", "\u200d", "\ufe0f", "👩", "\u0301", "\n"], repeat=4))]:
        line = put_on_one_line(text, longest)
        assert one_line(line) == line, ascii(text)
        assert longest is None or len(line) <= longest


@pytest.mark.parametrize("group", TEXT["look_alike"]["same"], ids=ascii)
def test_texts_that_look_alike_have_one_key(group: list[str]) -> None:
    assert len({look_alike_key(text) for text in group}) == 1


def test_texts_that_stand_apart_have_keys_of_their_own() -> None:
    assert len({look_alike_key(text) for text in APART}) == len(APART)


def test_a_key_of_a_key_is_the_same() -> None:
    scripts = itertools.chain(
        range(0x3400), range(0xA000, 0xAC00), range(0xF900, 0x20000)
    )  # without Chinese and Hangul
    for character in map(chr, scripts):
        key = look_alike_key(character)
        assert look_alike_key(key) == key, ascii(character)
