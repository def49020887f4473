"""How a seat is named to people."""

from collections.abc import Mapping

from pydantic import JsonValue


def seat_label(seat: Mapping[str, JsonValue]) -> str:
    """`Balkon A 7`: section, row and number, as far as they are known."""
    parts = [str(seat[part]) for part in ("section", "row") if seat.get(part)]
    return " ".join([*parts, str(seat.get("number") or "")]).strip() or "a seat"
