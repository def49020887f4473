"""contracts/text.json and contracts/seats.json are well-formed, and no service has rules of its own beside them."""

from __future__ import annotations

import re
from typing import Any

from devstack.locks import SERVICES
from tests.contracts.files import CONTRACTS, read

TEXT = read(CONTRACTS / "text.json")
SEATS = read(CONTRACTS / "seats.json")
REPOSITORY = CONTRACTS.parent
OWN_RULE = re.compile(r"\"(Cc|Zl|Zp)\"")


def test_every_field_has_a_length_and_says_how_many_lines() -> None:
    for name, field in TEXT["fields"].items():
        assert re.fullmatch(r"[a-z]+\.[a-z]+", name)
        assert set(field) == {"max_length", "lines"}
        assert field["max_length"] > 0
        assert field["lines"] in ("one", "several")


def test_no_vector_has_two_names_and_both_verdicts_are_there() -> None:
    for kind in ("one_line", "several_lines"):
        vectors: list[dict[str, Any]] = TEXT[kind]
        assert (
            len({vector["name"] for vector in vectors}) == len({vector["input"] for vector in vectors}) == len(vectors)
        )
        assert {vector["stored"] is None for vector in vectors} == {True, False}


def test_a_customer_may_have_every_name_that_a_user_has() -> None:
    assert TEXT["fields"]["customer.name"]["max_length"] >= TEXT["fields"]["user.name"]["max_length"]


def test_no_two_seats_read_alike() -> None:
    texts = [vector["text"] for vector in SEATS["labels"] + SEATS["partly_known"]]
    assert len(set(texts)) == len(texts)


def test_no_service_judges_characters_itself() -> None:
    sources = [file for folder in SERVICES for file in (REPOSITORY / folder).rglob("*.py") if "tests" not in file.parts]
    assert len(sources) > 100
    assert [str(file) for file in sources if OWN_RULE.search(file.read_text(encoding="utf-8"))] == []
