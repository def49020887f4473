"""The ways in which a call of the client service fails, as types that pages can tell apart."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar


class Party(StrEnum):
    """The service that has to answer a call: the client service, or the ticket service behind it."""

    CLIENT = "client"
    TICKET = "ticket"


NOT_FOUND = 404
CHANGED_MEANWHILE = 412

T = TypeVar("T")


@dataclass(frozen=True)
class FieldError:
    """One wrong input: the dotted name of its field, the code of the rule, and a sentence for programmers."""

    field: str
    message: str
    code: str = ""


@dataclass(frozen=True)
class Problem:
    """A problem document (RFC 9457) of the client service.

    `type` is a stable slug of `contracts/problems.json`; `booking_id` names the stored booking, if there is one.
    `retry_after` is how many seconds later the same request may succeed. `unpaid` counts the unpaid seats of the buyer
    or of the address, as `scope` says.
    """

    type: str
    title: str
    status: int
    detail: str = ""
    errors: tuple[FieldError, ...] = field(default=())
    booking_id: str | None = None
    retry_after: int | None = None
    unpaid: int | None = None
    scope: str = ""

    @property
    def explanation(self) -> str:
        """Returns the explanation for people: the detail if there is one, else the title."""
        return self.detail or self.title

    @property
    def is_temporary(self) -> bool:
        """Returns whether the same request may succeed a little later."""
        return self.status >= 500


class ClientError(Exception):
    """A call of the client service that did not succeed."""


class Refused(ClientError):
    """The client service answered with a problem document."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.explanation)
        self.problem = problem


class ChangedMeanwhile(Refused, Generic[T]):
    """Somebody else has changed what the request is based on, so nothing was done; `present` is what it is now."""

    def __init__(self, problem: Problem, present: T) -> None:
        super().__init__(problem)
        self.present = present


class Trouble(StrEnum):
    """The reason why there is no usable answer."""

    UNREACHABLE = "unreachable"
    SLOW = "slow"
    UNREADABLE = "unreadable"
    NOT_READY = "not-ready"


class ServiceUnreachable(ClientError):
    """`party` gave no usable answer. `was_sent` is False if the request certainly never left, so that it changed
    nothing.
    """

    def __init__(self, trouble: Trouble, party: Party = Party.CLIENT, *, was_sent: bool = True) -> None:
        super().__init__(f"{party}: {trouble}")
        self.trouble = trouble
        self.party = party
        self.was_sent = was_sent


class SessionExpired(ClientError):
    """The viewer's sign-in has ended and cannot be renewed; the viewer has to sign in again."""


def is_outage(error: ClientError) -> bool:
    """Returns whether a service failed rather than the request: the same request may succeed later."""
    return isinstance(error, ServiceUnreachable) or (isinstance(error, Refused) and error.problem.is_temporary)


def unless_gone(remove: Callable[[], None]) -> None:
    """Removes something. What is gone already counts as removed: the answer to an earlier try may be lost."""
    try:
        remove()
    except Refused as error:
        if error.problem.status != NOT_FOUND:
            raise
