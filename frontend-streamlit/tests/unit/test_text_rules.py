"""A form accepts the texts that the services accept (contracts/text.json), and explains what is wrong with others."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from frontend.forms import fields, form_state
from frontend.forms.fields import (
    LONGEST_DESCRIPTION,
    LONGEST_EMAIL,
    LONGEST_NAME,
    LONGEST_PERSON,
    ONE_LINE,
    SEVERAL_LINES,
    long_text_field,
    text_field,
)
from frontend.forms.form import Form
from frontend.staff.seats import LONGEST_SECTION
from frontend.wording.field_errors import MISSING

TEXT: dict[str, Any] = json.loads((Path(__file__).parents[3] / "contracts/text.json").read_text(encoding="utf-8"))
Vector = dict[str, str | None]


class NotedForm(Form):
    """A form without a page, which records the rejected fields."""

    rejected: str | None = None

    def below(self, name: str, label: str, hint: str = "") -> None:
        """Shows nothing."""

    def reject(self, name: str, words: str) -> None:
        """Records the first rejection."""
        self.rejected = self.rejected or words


@pytest.fixture
def form(monkeypatch: pytest.MonkeyPatch) -> NotedForm:
    monkeypatch.setattr(form_state, "st", SimpleNamespace(session_state={}))
    return NotedForm("any")


def types(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Types the text into the field that is shown next."""
    monkeypatch.setattr(
        fields, "st", SimpleNamespace(text_input=lambda *_, **__: text, text_area=lambda *_, **__: text)
    )


def named(vectors: list[Vector]) -> list[object]:
    return [pytest.param(vector, id=str(vector["name"])) for vector in vectors]


@pytest.mark.parametrize("vector", named(TEXT["one_line"]))
def test_a_field_of_one_line_judges_as_the_services_do(
    monkeypatch: pytest.MonkeyPatch, form: NotedForm, vector: Vector
) -> None:
    types(monkeypatch, str(vector["input"]))
    entered = text_field(form, "name", "Name")
    if vector["stored"] is None:
        assert form.rejected == (ONE_LINE if str(vector["input"]).strip() else MISSING)
    else:
        assert (entered, form.rejected) == (vector["stored"], None)


@pytest.mark.parametrize("vector", named(TEXT["several_lines"]))
def test_a_field_of_several_lines_judges_as_the_services_do(
    monkeypatch: pytest.MonkeyPatch, form: NotedForm, vector: Vector
) -> None:
    types(monkeypatch, str(vector["input"]))
    entered = long_text_field(form, "description", "Description", value="", longest=LONGEST_DESCRIPTION)
    if vector["stored"] is None:
        assert form.rejected == SEVERAL_LINES
    else:
        assert (entered, form.rejected) == (vector["stored"], None)


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
    assert TEXT["fields"][field]["max_length"] == longest
