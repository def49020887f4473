"""The browser in which tests and the film look at the dashboard: a Chromium of this machine."""

import shutil

PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""The shell first: without the browser's own windows and pages, which nobody sees here, a test costs half as much."""
PACKAGES = ("chromium-headless-shell", "chromium")
"""Of Debian; Ubuntu has neither."""
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
"""It talks to the dashboard and to nobody else, and runs as root, too."""


def installed() -> str | None:
    """Where it is; None when there is none."""
    return next((found for found in map(shutil.which, PROGRAMS) if found), None)
