"""An address is stored, refused and compared as contracts/email.json says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from servicekit.emails import LONGEST, EmailError, email_key, normalised_email

EMAIL: dict[str, Any] = json.loads((Path(__file__).parents[3] / "contracts/email.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("vector", EMAIL["vectors"], ids=lambda vector: vector["name"])
def test_an_address_is_stored_or_refused(vector: dict[str, Any]) -> None:
    if vector["stored"] is None:
        with pytest.raises(EmailError, match=r"^must "):
            normalised_email(vector["input"])
    else:
        assert normalised_email(vector["input"]) == vector["stored"]


def test_a_stored_address_is_ascii_and_is_stored_as_it_is() -> None:
    for vector in EMAIL["vectors"]:
        if stored := vector["stored"]:
            assert stored.isascii()
            assert len(stored) <= LONGEST
            assert normalised_email(stored) == stored


@pytest.mark.parametrize("group", EMAIL["same"], ids=ascii)
def test_spellings_of_one_address_have_one_key(group: list[str]) -> None:
    assert len({email_key(text) for text in group}) == 1


def test_what_is_no_address_has_its_own_letters_as_key() -> None:
    assert email_key(' "Ana@Home"@example.com ') == '"ana@home"@example.com'
