"""Names seats for people."""

from collections.abc import Mapping

from pydantic import JsonValue


def seat_label(seat: Mapping[str, JsonValue]) -> str:
    """Returns a name such as `Balkon, row A, seat 7` (contracts/seats.json), from the parts that are known.

    The words `row` and `seat` keep row 1 seat 11 and row 11 seat 1 apart.
    """
    words = (("section", ""), ("row", "row "), ("number", "seat "))
    return ", ".join(f"{word}{seat[part]}" for part, word in words if seat.get(part)) or "a seat"
