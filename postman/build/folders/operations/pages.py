"""What every service answers to those who run it: health, metrics, its OpenAPI document and page."""

from __future__ import annotations

from postman.build.dsl import Folder, Request


def pages(service: str) -> Folder:
    """The pages of one service."""
    return Folder(
        "Health, metrics, documentation",
        "No key, no prefix.",
        (
            Request("Health", "GET", f"{service}/healthz", "The process of the service lives.", 200, auth=None),
            Request(
                "Readiness",
                "GET",
                f"{service}/readyz",
                "The service and what it depends on answer; otherwise 503, which names what does not.",
                200,
                auth=None,
            ),
            Request(
                "Metrics",
                "GET",
                f"{service}/metrics",
                "Counters and times for Prometheus.",
                200,
                auth=None,
                checks=("pm.expect(pm.response.text()).to.include('# TYPE')",),
            ),
            Request(
                "OpenAPI document",
                "GET",
                f"{service}/openapi.json",
                "What this collection's schemas are made from.",
                200,
                auth=None,
                checks=("pm.expect(body.openapi).to.match(/^3/)",),
            ),
            Request(
                "Documentation",
                "GET",
                f"{service}/docs",
                "The page to browse; open this address in a browser.",
                200,
                auth=None,
                checks=("pm.expect(pm.response.headers.get('Content-Type')).to.include('text/html')",),
            ),
        ),
        needs_set_up=True,
    )
