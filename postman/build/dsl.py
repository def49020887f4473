"""The classes in which the folders describe their requests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(frozen=True)
class Request:
    """A request and the answer that it must get.

    `url` begins with a service's variable (`client`, `ticket`, `payment`, `organizer`) and its path; `auth` names
    the variable that holds the bearer token, None sends none. `expect` is the status, `checks` are lines of
    JavaScript in which `body` is the parsed answer, `keep` maps variables to expressions over it, `before` and
    `after` are lines of JavaScript before the request and after the checks. `keep_tag` is the variable for the version
    in `ETag`; `based_on` is the variable whose version is sent in `If-Match`.
    """

    name: str
    method: Method
    url: str
    description: str
    expect: int | tuple[int, ...]
    body: object = None
    raw: str | None = None
    auth: str | None = "buyer_token"
    headers: dict[str, str] = field(default_factory=dict)
    checks: tuple[str, ...] = ()
    keep: dict[str, str] = field(default_factory=dict)
    keep_tag: str | None = None
    based_on: str | None = None
    problem: str | None = None
    wrong_fields: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    until: str | None = None
    """Repeats the request for up to a minute until this expression over `body` holds; the checks run afterwards."""
    remedy: str | None = None
    """If the request fails, this sentence says what to do, and the run stops because later requests need this one."""

    @property
    def service(self) -> str:
        return self.url.partition("/")[0]

    @property
    def path(self) -> str:
        return self.url.partition("/")[2]

    @property
    def all_headers(self) -> dict[str, str]:
        """Returns the headers, with the version that the request is based on."""
        return self.headers | ({"If-Match": f"{{{{{self.based_on}}}}}"} if self.based_on else {})

    @property
    def statuses(self) -> tuple[int, ...]:
        """Returns every accepted status."""
        return (self.expect,) if isinstance(self.expect, int) else self.expect


@dataclass(frozen=True)
class Folder:
    """A folder of requests that run in order.

    With `needs_set_up`, it stops with a sentence if the set-up is missing; likewise if another folder has to be run
    before: `needs` maps a variable to the folder that makes it.
    """

    name: str
    description: str
    items: tuple[Request | Folder, ...]
    needs_set_up: bool = False
    needs: dict[str, str] = field(default_factory=dict)

    def requests(self) -> Iterator[Request]:
        """Returns every request of the folder and of its folders."""
        for item in self.items:
            if isinstance(item, Folder):
                yield from item.requests()
            else:
                yield item
