"""Seats whose section and row look alike are one seat: a key that says so, and a unique index over it.

Of seats that look alike already, the oldest gets the key. The others stay as they are, with their bookings and without
a key, and each is named in a warning: staff have to rename those that are two seats (`PATCH`, as soon as they are
OPEN) and remove those that are one. `SELECT * FROM seats WHERE place_key IS NULL` finds them later.

The column stays nullable, and the weaker unique constraint stays, for the release before this one. What that release
adds meanwhile has no key either; the next release completes the keys.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from servicekit.text import look_alike_key

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

log = logging.getLogger("alembic.runtime.migration")

AT_ONCE = 1000
SEATS = "SELECT id, event_id, section, row, number FROM seats ORDER BY created_at, id"
STORE = """
    UPDATE seats SET place_key = found.place_key
    FROM unnest(CAST(:ids AS uuid[]), CAST(:keys AS text[])) AS found (id, place_key) WHERE seats.id = found.id
"""


def upgrade() -> None:
    op.add_column(
        "seats",
        sa.Column(
            "place_key",
            sa.Text(),
            nullable=True,
            comment="of section and row; seats that look alike have one. Null for one that is older than the rule",
        ),
    )
    _store_keys()
    op.create_unique_constraint("uq_seats_event_id_place_key_number", "seats", ["event_id", "place_key", "number"])


def downgrade() -> None:
    op.drop_constraint("uq_seats_event_id_place_key_number", "seats")
    op.drop_column("seats", "place_key")


def _store_keys() -> None:
    connection = op.get_bind()
    first_at: dict[tuple[UUID, str, int], Any] = {}
    keyed: list[tuple[str, str]] = []
    for seat in connection.execute(sa.text(SEATS)):
        key = f"{look_alike_key(seat.section)}\n{look_alike_key(seat.row)}"
        first = first_at.setdefault((seat.event_id, key, seat.number), seat)
        if first is seat:
            keyed.append((str(seat.id), key))
        else:
            log.warning(
                "event %s: seat %s (%a, row %a, number %d) looks like seat %s (%a, row %a); it keeps its bookings and "
                "gets no key: rename or remove one of the two",
                *(seat.event_id, seat.id, seat.section, seat.row, seat.number, first.id, first.section, first.row),
            )
    for some in _batches(keyed):
        connection.execute(sa.text(STORE), {"ids": [id_ for id_, _ in some], "keys": [key for _, key in some]})


def _batches(keyed: list[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    for start in range(0, len(keyed), AT_ONCE):
        yield keyed[start : start + AT_ONCE]
