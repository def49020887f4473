"""The organizers' holds, over their own interface."""

from __future__ import annotations

import httpx
from pydantic import BaseModel, ValidationError

from devstack.deadlines import stretched
from tests.support.http import NO_TLS
from tests.support.snapshot import Hold, Snapshot

PAGE = 500


class UnreadableListError(Exception):
    """An organizer answered with something that is no list of holds."""


class HoldItem(BaseModel):
    """A hold as an organizer lists it."""

    hold_id: str
    seats: frozenset[str]
    status: str


class HoldPage(BaseModel):
    """One page of an organizer's list of holds."""

    items: list[HoldItem]
    next_cursor: str | None


def read_into(snapshot: Snapshot, urls: dict[str, str], key: str) -> None:
    """Reads every hold and tombstone of each organizer at its address.

    Raises `UnreadableListError` when an answer is no page of holds, and httpx's errors when there is none.
    """
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
        answer = http.get(f"{url}/holds", params=parameters).raise_for_status()
        try:
            page = HoldPage.model_validate_json(answer.content)
        except ValidationError as error:
            raise UnreadableListError(
                f"the organizer {organizer} answered {answer.url} with no list of holds"
            ) from error
        found += [Hold(item.hold_id, organizer, item.seats, item.status) for item in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return found
