"""A form accepts the texts that the services accept (contracts/text.json)."""

import json
from pathlib import Path

import pytest

from frontend.forms.fields import LONGEST_DESCRIPTION, LONGEST_EMAIL, LONGEST_NAME, LONGEST_PERSON
from frontend.forms.text_rules import ONE_LINE, WrongTextError, one_line, several_lines
from frontend.staff.seats import LONGEST_SECTION

CONTRACT = json.loads((Path(__file__).parents[3] / "contracts" / "text.json").read_text(encoding="utf-8"))
EMPTY = "nothing but space"
Vector = dict[str, str | None]


def named(vectors: list[Vector]) -> list[object]:
    return [pytest.param(vector, id=str(vector["name"])) for vector in vectors]


@pytest.mark.parametrize("vector", named(CONTRACT["one_line"]))
def test_a_text_of_one_line_is_judged_as_the_services_do(vector: Vector) -> None:
    typed = str(vector["input"])
    if vector["name"] == EMPTY:
        assert one_line(typed) == ""
    elif vector["stored"] is None:
        with pytest.raises(WrongTextError) as refused:
            one_line(typed)
        assert str(refused.value) == ONE_LINE
    else:
        assert one_line(typed) == vector["stored"]


@pytest.mark.parametrize("vector", named(CONTRACT["several_lines"]))
def test_a_text_of_several_lines_is_judged_as_the_services_do(vector: Vector) -> None:
    typed = str(vector["input"])
    if vector["stored"] is None:
        with pytest.raises(WrongTextError):
            several_lines(typed)
    else:
        assert several_lines(typed) == vector["stored"]


@pytest.mark.parametrize(
    ("field", "longest"),
    [
        ("event.name", LONGEST_NAME),
        ("event.venue", LONGEST_NAME),
        ("event.description", LONGEST_DESCRIPTION),
        ("seat.section", LONGEST_SECTION),
        ("user.name", LONGEST_PERSON),
        ("customer.email", LONGEST_EMAIL),
    ],
)
def test_a_field_takes_as_many_characters_as_the_services(field: str, longest: int) -> None:
    assert CONTRACT["fields"][field]["max_length"] == longest
