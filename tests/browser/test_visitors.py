"""The visitors of these tests do not meet: a browser that is used again has forgotten the one before."""

from __future__ import annotations

from tests.browser.visitors import Visitors

LEAVE = """
localStorage.setItem("left", "behind");
sessionStorage.setItem("left", "behind");
document.cookie = "left=behind";
"""
FIND = "[localStorage.length, sessionStorage.length, document.cookie]"


def test_a_visitor_finds_nothing_that_another_has_left_behind(visitors: Visitors) -> None:
    found = []
    for _ in range(2):
        with visitors.come() as context:
            tab = context.new_page()
            tab.goto("/healthz")
            found.append(tab.evaluate(FIND))
            tab.evaluate(LEAVE)
    assert found == [[0, 0, ""]] * 2
    assert len(context.pages) == 1
