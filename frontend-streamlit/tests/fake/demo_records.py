"""Demo records for tests and for looking at the dashboard; `python -m tests.fake.demo_records PORT` serves them."""

import sys
import threading

from tests.fake.server import FakeClientService
from tests.fake.state import FakeRecords, Record, time_from_now

DEMO = ("demo@example.com", "demo-password-1")
STAFF = ("staff@example.com", "staff-password-1")

EVENTS = [
    ("Senja Festival: Tulus & Friends", "Istora Senayan, Jakarta", 21.0),
    ("Jakarta Symphony plays Mahler 5", "Aula Simfonia Jakarta", 34.0),
    ("Stand-up Night: Tertawa Bersama", "Teater Salihara, Jakarta", 9.0),
    ("Persib v Persija", "Gelora Bandung Lautan Api", 15.0),
    ("Wayang Orang: Arjuna Wiwaha", "Gedung Kesenian Jakarta", 46.0),
    ("PyCon Indonesia", "Sasana Budaya Ganesha, Bandung", 60.0),
    ("Synth Sunset", "Potato Head, Bali", 80.0),
]


def make_demo_records() -> FakeRecords:
    """Seven events, a hall of 2,160 seats, a buyer with a history, and staff."""
    records = FakeRecords()
    demo = records.add_user(*DEMO, "Dewi Lestari")
    records.add_user(*STAFF, "Sari Wijaya", is_staff=True)
    other = records.add_user("budi@example.com", "budi-password-1", "Budi Santoso")
    events = [records.add_event(name, venue, days=days) for name, venue, days in EVENTS]
    records.add_block(events[0], "Festival", 12, 40, 1_250_000)
    records.add_block(events[0], "Tribune East", 20, 42, 750_000)
    records.add_block(events[0], "Tribune West", 20, 42, 450_000)
    for event in events[1:6]:
        records.add_block(event, "Stalls", 8, 16, 600_000)
        records.add_block(event, "Balcony", 4, 20, 350_000)
    events[6].update(sales_open_at=time_from_now(days=12), status="SCHEDULED")
    take_some_seats(records, events[0])
    add_history(records, demo, other, events)
    return records


def take_some_seats(records: FakeRecords, event: Record) -> None:
    """Marks some seats of the big hall as booked or being bought."""
    for index, seat in enumerate(records.seats[event["id"]]):
        if (index * 7919) % 10 < 3:
            seat["status"] = "BOOKED"
        elif (index * 104_729) % 23 == 0:
            seat["status"] = "ON_GOING"


def add_history(records: FakeRecords, demo: Record, other: Record, events: list[Record]) -> None:
    """Adds bookings in every state, waitlist entries and messages for the demo buyer."""
    hall = records.seats[events[1]["id"]]
    records.add_booking(demo, events[1], hall[0:2], "BOOKED")
    records.add_booking(demo, events[2], records.seats[events[2]["id"]][5:8], "AWAITING_PAYMENT")
    for index, reason in enumerate(("ORGANIZER_DECLINED", "PAYMENT_FAILED", "SEAT_UNAVAILABLE", "TICKET_UNAVAILABLE")):
        at = 20 + index * 2
        records.add_booking(
            demo, events[3], records.seats[events[3]["id"]][at : at + 2], "FAILED", failure_reason=reason
        )
    records.add_booking(demo, events[4], records.seats[events[4]["id"]][0:1], "EXPIRED")
    records.add_booking(
        demo,
        events[4],
        records.seats[events[4]["id"]][3:4],
        "CANCELLED",
        cancel_reason="BUYER",
        refund_status="REFUNDED",
    )
    taken = hall[30:34]
    records.add_booking(other, events[1], taken, "BOOKED")
    records.add_entry(demo, taken[0], events[1])
    offered = records.add_booking(demo, events[1], hall[40:41], "AWAITING_PAYMENT", origin="WAITLIST")
    records.add_entry(
        demo, hall[40], events[1], "OFFERED", booking_id=offered["id"], offer_expires_at=time_from_now(minutes=11)
    )
    records.add_entry(demo, taken[1], events[1], "LEFT")
    records.add_entry(other, hall[0], events[1])
    records.notify(
        demo, "Your booking is confirmed", "Two seats for Jakarta Symphony plays Mahler 5.", records.bookings[-1]
    )
    records.notify(demo, "A seat is offered to you", "Stalls C9 is yours if you pay within 15 minutes.", offered)
    records.notify(demo, "Welcome", "Your account is ready.", read=True)


if __name__ == "__main__":
    with FakeClientService(make_demo_records(), int(sys.argv[1])):
        threading.Event().wait()
