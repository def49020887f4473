"""A believable world for tests and for looking at the dashboard; `python -m tests.fake.world` serves it."""

import sys
import threading

from tests.fake.server import FakeClientService
from tests.fake.state import Record, World, later

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


def make_world() -> World:
    """Seven events, a hall of 2,160 seats, a buyer with a history, and staff."""
    world = World()
    demo = world.add_user(*DEMO, "Dewi Lestari")
    world.add_user(*STAFF, "Sari Wijaya", is_staff=True)
    other = world.add_user("budi@example.com", "budi-password-1", "Budi Santoso")
    events = [world.add_event(name, venue, days=days) for name, venue, days in EVENTS]
    world.add_block(events[0], "Festival", 12, 40, 1_250_000)
    world.add_block(events[0], "Tribune East", 20, 42, 750_000)
    world.add_block(events[0], "Tribune West", 20, 42, 450_000)
    for event in events[1:6]:
        world.add_block(event, "Stalls", 8, 16, 600_000)
        world.add_block(event, "Balcony", 4, 20, 350_000)
    events[6].update(sales_open_at=later(days=12), status="SCHEDULED")
    take_some(world, events[0])
    give_history(world, demo, other, events)
    return world


def take_some(world: World, event: Record) -> None:
    """Some seats of the big hall are booked or being bought."""
    for index, seat in enumerate(world.seats[event["id"]]):
        if (index * 7919) % 10 < 3:
            seat["status"] = "BOOKED"
        elif (index * 104_729) % 23 == 0:
            seat["status"] = "ON_GOING"


def give_history(world: World, demo: Record, other: Record, events: list[Record]) -> None:
    """A booking in every state, queue entries and messages for the demo buyer."""
    hall = world.seats[events[1]["id"]]
    world.add_booking(demo, events[1], hall[0:2], "BOOKED")
    world.add_booking(demo, events[2], world.seats[events[2]["id"]][5:8], "AWAITING_PAYMENT")
    for index, reason in enumerate(("ORGANIZER_DECLINED", "PAYMENT_FAILED", "SEAT_UNAVAILABLE", "TICKET_UNAVAILABLE")):
        at = 20 + index * 2
        world.add_booking(demo, events[3], world.seats[events[3]["id"]][at : at + 2], "FAILED", failure_reason=reason)
    world.add_booking(demo, events[4], world.seats[events[4]["id"]][0:1], "EXPIRED")
    world.add_booking(
        demo, events[4], world.seats[events[4]["id"]][3:4], "CANCELLED", cancel_reason="BUYER", refund_status="REFUNDED"
    )
    taken = hall[30:34]
    world.add_booking(other, events[1], taken, "BOOKED")
    world.add_entry(demo, taken[0], events[1])
    offered = world.add_booking(demo, events[1], hall[40:41], "AWAITING_PAYMENT", origin="WAITLIST")
    world.add_entry(demo, hall[40], events[1], "OFFERED", booking_id=offered["id"], offer_expires_at=later(minutes=11))
    world.add_entry(demo, taken[1], events[1], "LEFT")
    world.add_entry(other, hall[0], events[1])
    world.notify(
        demo, "Your booking is confirmed", "Two seats for Jakarta Symphony plays Mahler 5.", world.bookings[-1]
    )
    world.notify(demo, "A seat is offered to you", "Stalls C9 is yours if you pay within 15 minutes.", offered)
    world.notify(demo, "Welcome", "Your account is ready.", read=True)


if __name__ == "__main__":
    with FakeClientService(make_world(), int(sys.argv[1])):
        threading.Event().wait()
