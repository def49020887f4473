"""The operations of every service for its operators: health, metrics, its OpenAPI document and page."""

from __future__ import annotations

from postman.build.dsl import Folder, Request


def pages(service: str) -> Folder:
    """Returns the folder of one service."""
    return Folder(
        "Health, metrics, documentation",
        "These addresses need no key and have no prefix.",
        (
            Request("Health", "GET", f"{service}/healthz", "The process of the service lives.", 200, auth=None),
            Request(
                "Readiness",
                "GET",
                f"{service}/readyz",
                "The service and its dependencies are available; otherwise the answer is 503 and names what fails.",
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
                "The schemas of this collection are made from this document.",
                200,
                auth=None,
                checks=("pm.expect(body.openapi).to.match(/^3/)",),
            ),
            Request(
                "Documentation",
                "GET",
                f"{service}/docs",
                "The OpenAPI document as an HTML page; open this address in a browser.",
                200,
                auth=None,
                checks=("pm.expect(pm.response.headers.get('Content-Type')).to.include('text/html')",),
            ),
        ),
        needs_set_up=True,
    )
