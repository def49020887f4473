"""What axe-core finds on the page that a browser shows."""

from __future__ import annotations

from dataclasses import dataclass

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

OPTIONS = {"resultTypes": ["violations"], "iframes": False}
"""The only frame of the dashboard shows a PDF by the browser's own viewer, which axe-core cannot look into."""

CAUSED_BY_STREAMLIT: dict[tuple[str, str], str] = {}
"""Findings that only Streamlit could mend: the rule and the end of the selector, with the reason."""


@dataclass(frozen=True)
class Finding:
    """An element that breaks a rule of axe-core, of any impact."""

    where: str
    rule: str
    impact: str
    selector: str
    html: str
    summary: str

    @property
    def is_caused_by_streamlit(self) -> bool:
        """Whether `CAUSED_BY_STREAMLIT` lists it."""
        return any(rule == self.rule and self.selector.endswith(end) for rule, end in CAUSED_BY_STREAMLIT)

    def __str__(self) -> str:
        return f"{self.where}: {self.rule} ({self.impact}) at {self.selector}\n  {self.html}\n  {self.summary}"


def findings(page: Page, where: str) -> list[Finding]:
    """Returns what axe-core finds on the page that is shown, without what only Streamlit could mend."""
    answer = Axe().run(page, options=OPTIONS)
    found = [
        Finding(where, rule["id"], node["impact"], str(node["target"][-1]), node["html"][:300], node["failureSummary"])
        for rule in answer.response["violations"]
        for node in rule["nodes"]
    ]
    return [each for each in found if not each.is_caused_by_streamlit]
