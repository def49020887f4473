"""The states of all seats of an event, and what has changed between two looks at them."""

from dataclasses import dataclass

from pydantic import BaseModel, Field, ValidationError

from client.domain.errors import TicketFailedError


@dataclass(frozen=True, slots=True)
class SeatStates:
    """`layout` names the seats and their order; `states` has one character for each seat (contracts/README.md)."""

    layout: str
    states: str


class _Document(BaseModel):
    """What is read of ticket's seat map; it is not expanded into seats."""

    layout: str = Field(min_length=1)
    states: str


def seat_states(document: bytes) -> SeatStates:
    """Returns the states that a seat map shows. Raises TicketFailedError if it does not have the agreed shape."""
    try:
        found = _Document.model_validate_json(document)
    except ValidationError as error:
        raise TicketFailedError from error
    return SeatStates(found.layout, found.states)


def changed_seats(before: str, after: str) -> dict[str, list[int]]:
    """Returns the indexes of the seats that have changed, by the state that they have now. Both have equally many."""
    changes: dict[str, list[int]] = {}
    for index, (old, new) in enumerate(zip(before, after, strict=True)):
        if old != new:
            changes.setdefault(new, []).append(index)
    return changes
