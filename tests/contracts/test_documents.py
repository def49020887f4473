"""The documents say what is so: their figures are counted, their PDFs are made from them, their operations exist."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from devstack.pytest_session import Session
from docs.build import counting, data_models, figures, pages, pdf, prose
from docs.build.code import Column, TableShape
from docs.build.counting import Counted
from docs.build.markdown_to_typst import convert
from docs.build.places import DOCS, REPORTS, REPOSITORY
from postman.build.coverage import calls
from postman.build.files import read_collection

NAMED = re.compile(r"`(GET|POST|PUT|PATCH|DELETE) (/[\w/{}-]+)`")
HEIGHT = 468


def page(lines: int) -> bytes:
    """A page with this many lines of text, from the top of the text area."""
    image = Image.new("L", (331, HEIGHT), 255)
    pen = ImageDraw.Draw(image)
    for number in range(lines):
        y = round((pages.MARGIN_MM + 1 + number * pages.BAND_MM) * HEIGHT / pages.PAGE_MM)
        pen.line((40, y, 290, y), fill=0)
    packed = io.BytesIO()
    image.save(packed, "PNG")
    return packed.getvalue()


@pytest.fixture
def document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only document there is, below a repository of its own."""
    for module in (figures, prose):
        monkeypatch.setattr(module, "documents", lambda: [tmp_path / "text.id.md"])
        monkeypatch.setattr(module, "name_of", lambda path: path.name)
    return tmp_path / "text.id.md"


@pytest.mark.parametrize(
    ("name", "count", "language", "text"),
    [
        ("tests.all", 2172, "en", "2,200"),
        ("tests.all", 2172, "id", "2.200"),
        ("tests.client", 404, "en", "400"),
        ("tests.chaos", 47, "en", "47"),
        ("postman.requests", 1154, "en", "1,154"),
    ],
)
def test_numbers_of_tests_are_rounded_and_others_are_not(name: str, count: int, language: str, text: str) -> None:
    assert figures.shown(name, count, language) == text


def test_a_figure_that_is_not_the_counted_one_is_named(document: Path) -> None:
    document.write_text("Ada <!-- figure:operations.organizer -->8<!-- /figure --> operasi.", encoding="utf-8")
    count = figures.read_figures()["operations.organizer"]
    assert figures.outdated() == [f"text.id.md: operations.organizer is {count}, the text says 8"]


def test_a_figure_that_nobody_counts_is_refused(document: Path) -> None:
    document.write_text("<!-- figure:tests.imagined -->8<!-- /figure -->", encoding="utf-8")
    with pytest.raises(SystemExit, match=r"text\.id\.md quotes tests\.imagined"):
        figures.outdated()


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    """The only pytest session there is: one file with two tests."""
    only = Session("unit", tmp_path, "tests", REPOSITORY)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_two.py").write_text("def test_one(): pass\n\ndef test_two(): pass\n", encoding="utf-8")
    monkeypatch.setattr(counting, "sessions_by_title", lambda: {"only/tests": only})
    return only


def test_tests_are_collected_again_only_when_their_files_have_changed(session: Session) -> None:
    counted = counting.count_tests({})
    assert counted["only/tests"].tests == 2
    remembered = {"only/tests": Counted(7, counted["only/tests"].digest)}
    assert counting.count_tests(remembered) == remembered
    (session.folder / "tests" / "test_more.py").write_text("def test_three(): pass\n", encoding="utf-8")
    assert counting.count_tests(remembered)["only/tests"].tests == 3


def test_a_session_of_which_nothing_can_be_collected_is_named(session: Session) -> None:
    (session.folder / "tests" / "test_two.py").write_text("raise RuntimeError\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="No test was collected in only/tests"):
        counting.count_tests({})


@pytest.mark.parametrize(("now", "is_out_of_date"), [(100, False), (104, False), (96, False), (110, True), (90, True)])
def test_a_number_of_tests_is_out_of_date_when_it_is_wrong_by_more_than_five_percent(
    monkeypatch: pytest.MonkeyPatch, now: int, is_out_of_date: bool
) -> None:
    monkeypatch.setattr(figures, "_stored", lambda: {"figures": {"tests.all": 100, "tests.model": 100}})
    monkeypatch.setattr(counting, "count_tests", lambda known: {"tests/model": Counted(now, "")})
    assert bool(figures.miscounted()) == is_out_of_date


@pytest.mark.parametrize("document", [REPOSITORY / "README.md", *REPORTS], ids=lambda path: path.name)
def test_every_operation_that_a_document_names_has_a_request_in_the_collection(document: Path) -> None:
    called = {(call.operation.method, call.operation.template) for call in calls(read_collection())}
    for method, path in set(NAMED.findall(document.read_text(encoding="utf-8"))):
        assert called & {(method, path), (method, f"/api/v1{path}")}, f"{method} {path} has no request"


def test_a_nearly_empty_page_is_refused_unless_it_is_the_last() -> None:
    full, empty = page(40), page(5)
    pages.require_full("report", [full, empty])
    with pytest.raises(SystemExit, match="page 2 of 3 is nearly empty"):
        pages.require_full("report", [full, empty, full])


def test_a_pdf_that_was_made_from_another_text_is_out_of_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = tmp_path / "report.md"
    report.write_bytes((DOCS / "report.md").read_bytes())
    report.with_suffix(".pdf").write_bytes((DOCS / "report.pdf").read_bytes())
    monkeypatch.setattr(pdf, "REPORTS", (report,))
    monkeypatch.setattr(pdf, "name_of", lambda path: path.name)
    assert pdf.outdated() == []
    report.write_text(report.read_text(encoding="utf-8") + "More.\n", encoding="utf-8")
    assert pdf.outdated() == ["report.pdf"]


@pytest.mark.parametrize(
    ("text", "is_crowded"),
    [
        ("One sentence.", False),
        ("One sentence. Another one.", True),
        ("**Bold.** And more.", True),
        ("- An item. And more.", True),
        ("Some, e.g. Postman, `and. Code.`", False),
        ("| a cell. With two |", False),
        ("```\nCode. More.\n```", False),
    ],
)
def test_a_line_of_prose_has_one_sentence(document: Path, text: str, is_crowded: bool) -> None:
    document.write_text(text, encoding="utf-8")
    assert bool(prose.faults()) == is_crowded


def test_a_link_to_a_file_that_does_not_exist_is_named(document: Path) -> None:
    document.write_text("[here](text.id.md), [there](nowhere.md#part), [far](https://example.com)", encoding="utf-8")
    assert prose.faults() == ["text.id.md: nowhere.md does not exist"]


def tables(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """The service has these tables, of one column each."""
    column = Column("id", "uuid", nullable=False, is_key=True, target=None)
    monkeypatch.setattr(data_models, "_tables", lambda _: [TableShape(name, (column,), ()) for name in names])
    monkeypatch.setattr(data_models, "ORDERS", {"ticket": (("seats", "events"), ("bookings",))})


def test_a_new_table_is_drawn_without_being_given_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    tables(monkeypatch, "seats", "events", "bookings", "added_yesterday")
    assert "added_yesterday" in data_models.draw("ticket").svg()


def test_a_table_that_the_code_has_no_more_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    tables(monkeypatch, "seats", "events")
    with pytest.raises(SystemExit, match="no table bookings any more"):
        data_models.draw("ticket")


def test_punctuation_after_code_reaches_the_pdf() -> None:
    assert convert("`a`; b") == '#box(raw("a"));; b\n'
