"""The Chromium of this machine, in which tests and the film open the dashboard."""

import shutil

PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""The headless shell comes first: it has no windows or pages of its own, which halves the cost of a test."""
PACKAGES = ("chromium-headless-shell", "chromium")
"""The packages of Debian; Ubuntu has neither."""
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
"""Options that keep the browser from calling other sites and let it run as root."""


def installed() -> str | None:
    """Returns the path of the browser; None if there is none."""
    return next((found for found in map(shutil.which, PROGRAMS) if found), None)
