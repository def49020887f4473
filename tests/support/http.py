"""What the API clients have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import httpx
from pydantic import BaseModel, ConfigDict

from devstack.deadlines import stretched

TIMEOUT_SECONDS = 30
FETCH_SECONDS = 10
NO_TLS = False
"""For httpx's `verify`, whose default takes 50 ms of processor time for each client."""


def fetch(url: str) -> httpx.Response:
    """What anybody gets at a URL who has no key."""
    return httpx.get(url, timeout=stretched(FETCH_SECONDS), trust_env=False, verify=NO_TLS)


class Answer(BaseModel):
    """A representation of which a test looks at some fields; the others are kept."""

    model_config = ConfigDict(extra="allow", frozen=True)


class ProblemError(Exception):
    """The service answered with a problem document (RFC 9457)."""

    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        self.document: dict[str, Any] = {}
        if response.headers.get("content-type", "").startswith("application/problem+json"):
            self.document = response.json()
        self.type: str = self.document.get("type", "no-problem-document")
        super().__init__(f"{response.request.method} {response.request.url}: {self.status} {response.text[:500]}")


class HttpApi:
    """One service at one address, called by one caller."""

    def __init__(self, url: str, token: str | None = None) -> None:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self.http = httpx.Client(base_url=url, headers=headers, trust_env=False, verify=NO_TLS)
        self.limit_seconds: float | None = None
        """How long an answer is waited for at most; None: `TIMEOUT_SECONDS`, longer on a busy machine."""

    def call(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        params: Mapping[str, str | int | None] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The parsed body of a 2xx answer, None if it has none; raises `ProblemError` for any other."""
        given = {name: value for name, value in (params or {}).items() if value is not None}
        limit = self.limit_seconds or stretched(TIMEOUT_SECONDS)
        response = self.http.request(method, path, json=json, params=given, headers=dict(headers or {}), timeout=limit)
        if not response.is_success:
            raise ProblemError(response)
        return response.json() if response.content else None

    def change(self, path: str, changes: Mapping[str, object]) -> Any:
        """Changes what is at the path, as it is now."""
        version = self.call("GET", path, headers={"cache-control": "no-cache"})["version"]
        return self.call("PATCH", path, json=changes, headers={"if-match": f'"{version}"'})

    def every(self, path: str, **params: str | int | None) -> Iterator[dict[str, Any]]:
        """The items of all pages of a list."""
        cursor: str | None = None
        while True:
            page = self.call("GET", path, params={**params, "cursor": cursor})
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def close(self) -> None:
        """Ends its connections."""
        self.http.close()
