"""Diagrams of the data models: the tables come from the code, the order of the boxes from here.

A table that the order does not name goes to the foot of the shortest column.
"""

from __future__ import annotations

from dataclasses import dataclass

from docs.build.code import Column, TableShape, django_tables, sqlalchemy_tables
from docs.build.svg import INK, OURS, PAPER, SOFT, Box, Drawing, Look, width_of

WIDTH, GUTTER, MARGIN = 222, 40, 12
HEAD, ROW, GAP = 24, 15, 20
FONT = 9.5
KEY, REFERENCE = "#9a5b00", "#2f5fb3"
GUARD = Look("#fff8e6", "#d6b656")

Order = tuple[tuple[str, ...], ...]

ORDERS: dict[str, Order] = {
    "client": (
        ("accounts_user", "waitlist_waitlistentry", "integrations_inboxmessage"),
        ("bookings_booking", "bookings_bookingchange"),
        ("notifications_notification", "api_idempotencykey", "api_throttlewindow", "api_knownaddress"),
    ),
    "ticket": (
        ("bookings", "booking_seats", "idempotency_keys"),
        ("events", "organizers", "event_operations", "audit_entries", "work_failures"),
        ("seats", "waitlist_entries", "webhook_deliveries", "webhook_attempts", "webhook_inbox"),
    ),
    "payment": (
        ("payment_attempts", "postponed_work", "webhook_config", "idempotency_keys"),
        ("invoices", "audit_entries"),
        ("webhook_deliveries", "webhook_attempts", "simulation"),
    ),
}


@dataclass(frozen=True)
class Placed:
    """A table with its box and the number of its column of boxes."""

    table: TableShape
    box: Box
    column: int

    def row_y(self, column: Column) -> float:
        return self.box.y + HEAD + ROW * (self.table.columns.index(column) + 0.5)


def draw(database: str) -> Drawing:
    """All tables of a service's own making, with what refers to what."""
    tables = {table.name: table for table in _tables(database)}
    if gone := {name for names in ORDERS[database] for name in names} - set(tables):
        raise SystemExit(f"Data model of {database}: the code has no table {', '.join(sorted(gone))} any more.")
    order = _completed(tables, ORDERS[database])
    placed = _place(tables, order)
    bottom = max(item.box.y + item.box.height for item in placed.values())
    width = MARGIN * 2 + len(order) * WIDTH + (len(order) - 1) * GUTTER + 26
    drawing = Drawing(width, round(bottom + MARGIN), f"Data model of the {database} database")
    _references(drawing, placed)
    for item in placed.values():
        _table(drawing, item)
    return drawing


def _tables(database: str) -> list[TableShape]:
    if database == "client":
        return django_tables()
    return sqlalchemy_tables({"ticket": "ticketing.db.tables", "payment": "payments.db.tables"}[database])


def _completed(tables: dict[str, TableShape], order: Order) -> Order:
    columns = [list(names) for names in order]
    for name in sorted(set(tables) - {name for names in order for name in names}):
        min(columns, key=lambda names: sum(_height(tables[one]) + GAP for one in names)).append(name)
    return tuple(tuple(names) for names in columns)


def _height(table: TableShape) -> float:
    return HEAD + ROW * (len(table.columns) + len(table.unique)) + 5


def _place(tables: dict[str, TableShape], order: Order) -> dict[str, Placed]:
    placed = {}
    for number, names in enumerate(order):
        y: float = MARGIN
        for name in names:
            table = tables[name]
            height = _height(table)
            placed[name] = Placed(table, Box(MARGIN + number * (WIDTH + GUTTER), y, WIDTH, height), number)
            y += height + GAP
    return placed


def _table(drawing: Drawing, item: Placed) -> None:
    box = item.box
    drawing.rectangle(box, Look(PAPER, OURS.stroke), radius=3, stroke=1)
    drawing.rectangle(Box(box.x, box.y, box.width, HEAD - 3), OURS, radius=3, stroke=1)
    drawing.text((box.centre[0], box.y + 15), item.table.name, size=11, bold=True)
    for column in item.table.columns:
        y = item.row_y(column) + 3.5
        colour = KEY if column.is_key else REFERENCE if column.target else INK
        drawing.text((box.x + 7, y), column.name, size=FONT, colour=colour, bold=column.is_key, anchor="start")
        kind = f"{column.type}{'?' if column.nullable else ''}"
        drawing.text((box.x + box.width - 7, y), kind, size=FONT - 0.5, colour=SOFT, anchor="end")
    y = box.y + HEAD + ROW * len(item.table.columns)
    if item.table.unique:
        strip = Box(box.x + 0.5, y + 1, box.width - 1, ROW * len(item.table.unique) + 3.5)
        drawing.rectangle(strip, Look(GUARD.fill, GUARD.fill), radius=3, stroke=0.5)
    for number, words in enumerate(item.table.unique, 1):
        size = min(FONT - 0.5, (FONT - 0.5) * (WIDTH - 14) / width_of(f"unique: {words}", FONT - 0.5))
        drawing.text((box.x + 7, y + ROW * number - 2), f"unique: {words}", size=size, colour=SOFT, anchor="start")


def _references(drawing: Drawing, placed: dict[str, Placed]) -> None:
    used: dict[int, int] = {}
    for item in placed.values():
        for column in item.table.columns:
            if column.target is None:
                continue
            target = placed[column.target]
            # Neighbours meet in the gutter between them; tables of one column in the gutter to its right.
            gutter = min(item.column, target.column)
            lane = used[gutter] = used.get(gutter, 0) + 1
            x = MARGIN + gutter * (WIDTH + GUTTER) + WIDTH + 6 * lane
            start = _side(item.box, x), item.row_y(column)
            end = _side(target.box, x), target.box.y + 8 + 3 * (lane - 1)
            drawing.dot(start, 2)
            drawing.arrow([start, (x, start[1]), (x, end[1]), end], colour=REFERENCE)


def _side(box: Box, x: float) -> float:
    return box.x if x < box.x else box.x + box.width
