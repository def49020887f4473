"""A page's file has no bare expression, because Streamlit would write its value onto the page."""

import ast
from pathlib import Path

import pytest

PAGES = sorted((Path(__file__).parents[2] / "app_pages").glob("*.py"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_file_has_no_text_that_would_be_shown(page: Path) -> None:
    module = ast.parse(page.read_text(encoding="utf-8"))
    bare = [node.value for node in module.body if isinstance(node, ast.Expr)]
    shown = [value for value in bare[1:] if not isinstance(value, ast.Call)]
    assert [ast.unparse(value) for value in shown] == []
