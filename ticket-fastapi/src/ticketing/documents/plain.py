"""A document in ASCII, for a document whose texts cannot be rendered."""

from dataclasses import replace

from ticketing.documents.content import Document

_INSTEAD = "?"


def plain(document: Document) -> Document:
    """Returns the document with its texts in ASCII; ids, seat numbers and amounts stay readable."""
    booking = document.booking
    event = replace(booking.event, name=_ascii(booking.event.name), venue=_ascii(booking.event.venue))
    seats = tuple(replace(seat, section=_ascii(seat.section), row=_ascii(seat.row)) for seat in booking.seats)
    return replace(document, booking=replace(booking, buyer_name=_ascii(booking.buyer_name), event=event, seats=seats))


def _ascii(text: str) -> str:
    return "".join(it if it.isascii() and it.isprintable() else _INSTEAD for it in text)
