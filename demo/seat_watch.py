"""Looks at one seat as fast as it can, so that a state it had for a moment is seen as well."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from types import TracebackType

import psycopg2

from demo.failures import DemoFailure

JOIN_SECONDS = 10
QUERY = "SELECT status, booking_id::text FROM seats WHERE id = %s"


@dataclass(frozen=True, slots=True)
class Sight:
    """A state that was seen first `seconds` after the watch began; `booking_id` is the booking that had the seat."""

    seconds: float
    status: str
    booking_id: str | None


class SeatWatch:
    """Watches ticket's row while its block runs; `sights` are the changes in order, `looks` how often it looked."""

    def __init__(self, ticket_database_url: str, seat_id: str) -> None:
        self._url, self._seat_id = ticket_database_url, seat_id
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="seat watch", daemon=True)
        self._began = time.monotonic()
        self._lost: psycopg2.Error | None = None
        self.sights: list[Sight] = []
        self.looks = 0

    def __enter__(self) -> SeatWatch:
        self._began = time.monotonic()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join(JOIN_SECONDS)
        if self._lost is not None and kind is None:
            raise DemoFailure(f"The seat could not be watched: {self._lost}") from self._lost

    def _watch(self) -> None:
        try:
            connection = psycopg2.connect(self._url)
            connection.autocommit = True
            try:
                with connection.cursor() as cursor:
                    while not self._over.wait(0.002):  # leaves the database time for others
                        cursor.execute(QUERY, (self._seat_id,))
                        self._see(*(cursor.fetchone() or ("GONE", None)))
            finally:
                connection.close()
        except psycopg2.Error as lost:
            self._lost = lost

    def _see(self, status: str, booking_id: str | None) -> None:
        self.looks += 1
        if not self.sights or (status, booking_id) != (self.sights[-1].status, self.sights[-1].booking_id):
            self.sights.append(Sight(time.monotonic() - self._began, status, booking_id))

    @property
    def was_open(self) -> bool:
        """Whether the seat was ever free for anybody."""
        return any(sight.status == "OPEN" for sight in self.sights)
