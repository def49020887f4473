"""The organizers' holds, over their own interface."""

from __future__ import annotations

import httpx

from devstack.deadlines import stretched
from tests.support.http import NO_TLS
from tests.support.snapshot import Hold, Snapshot

PAGE = 500


def read_into(snapshot: Snapshot, urls: dict[str, str], key: str) -> None:
    """Every hold and tombstone of each organizer at its address."""
    headers = {"authorization": f"Bearer {key}"}
    with httpx.Client(headers=headers, timeout=stretched(10), trust_env=False, verify=NO_TLS) as http:
        for organizer, url in urls.items():
            for hold in _holds(http, organizer, url):
                snapshot.holds[hold.hold_id] = hold


def _holds(http: httpx.Client, organizer: str, url: str) -> list[Hold]:
    found: list[Hold] = []
    cursor: str | None = None
    while True:
        parameters: dict[str, str | int] = {"limit": PAGE, **({"cursor": cursor} if cursor else {})}
        page = http.get(f"{url}/holds", params=parameters).raise_for_status().json()
        found += [Hold(item["hold_id"], organizer, frozenset(item["seats"]), item["status"]) for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return found
