"""Whoever calls waits longer than all that the called one waits for; the table of docs/architecture.md shows it."""

from __future__ import annotations

import re

from devstack.home import REPOSITORY
from tests.contracts import compose_file

CLIENT, TICKET, DASHBOARD = "client-django", "ticket-fastapi/src/ticketing", "frontend-streamlit/frontend/api"
LONGEST = 10
"""Nobody waits longer for an answer."""
SLACK = 0.05
"""For the way of an answer on one machine."""


def number(file: str, name: str) -> float:
    """Returns the number to which the code sets this name."""
    text = (REPOSITORY / file).read_text(encoding="utf-8")
    found = re.findall(rf"^\s*{name}\b.* = (?:Field\(default=)?([\d.]+)", text, re.MULTILINE)
    assert len(found) == 1, (file, name, found)
    return float(found[0])


SECONDS = {
    "dashboard change": number(f"{DASHBOARD}/transport.py", "CHANGE_SECONDS"),
    "dashboard read": number(f"{DASHBOARD}/transport.py", "READ_SECONDS"),
    "dashboard booking": number(f"{DASHBOARD}/client.py", "BOOKING_SECONDS"),
    "dashboard look-up": number(f"{DASHBOARD}/client.py", "LOOK_UP_SECONDS"),
    "dashboard chosen": number(f"{DASHBOARD}/client.py", "CHOSEN_SECONDS"),
    "client request": number(f"{CLIENT}/config/env.py", "request_seconds"),
    "client read": number(f"{CLIENT}/config/env.py", "read_request_seconds"),
    "client afterwork": number(f"{CLIENT}/client/outgoing/deadline.py", "AFTERWORK_SECONDS"),
    "client change at ticket": number(f"{CLIENT}/config/env.py", "ticket_change_seconds"),
    "client read from ticket": number(f"{CLIENT}/config/env.py", "ticket_read_seconds"),
    "ticket booking": number(f"{TICKET}/usecases/booking/book.py", "ANSWER_SECONDS"),
    "ticket hold": number(f"{TICKET}/settings.py", "organizer_timeout_seconds"),
    "ticket look-up": number(f"{TICKET}/usecases/booking/hold_and_invoice.py", "LOOK_UP_SECONDS"),
    "ticket invoice": number(f"{TICKET}/usecases/booking/book.py", "SHORTEST_INVOICE_SECONDS"),
    "ticket payment": number(f"{TICKET}/integrations/payment.py", "TIMEOUT_SECONDS"),
    "ticket timeline": number(f"{TICKET}/integrations/payment.py", "TIMELINE_TIMEOUT_SECONDS"),
    "ticket webhook": number("servicekit/src/servicekit/http/webhooks.py", "TIMEOUT_SECONDS"),
}
LONGER: list[tuple[str, tuple[str, ...]]] = [
    ("dashboard change", ("client request",)),
    ("dashboard read", ("client read",)),
    ("client request", ("client change at ticket", "client afterwork")),
    ("client read", ("client read from ticket", "client afterwork")),
    ("client change at ticket", ("ticket booking",)),
    ("client change at ticket", ("ticket payment",)),
    ("client read from ticket", ("ticket timeline",)),
    ("ticket webhook", ("client request",)),
]
BOOKING = ("dashboard chosen", "dashboard booking", "dashboard look-up")
ROWS = {
    "dashboard | a change": ("dashboard change",),
    "dashboard | a read": ("dashboard read",),
    "dashboard | the ids of the chosen seats, a booking, then a look-up of what became of it": BOOKING,
    "client | a request as a whole": ("client request",),
    "client | a request of the API that only reads, as a whole": ("client read",),
    "client | a call of ticket that changes something": ("client change at ticket",),
    "client | a call of ticket that reads": ("client read from ticket",),
    "ticket | a booking": ("ticket booking",),
    "ticket | a call of payment, as in a cancellation": ("ticket payment",),
    "ticket | a timeline, as far as payment has it": ("ticket timeline",),
    "ticket | a webhook to client": ("ticket webhook",),
}


CONNECTION_LIMITS = (
    "header_seconds",
    "body_seconds",
    "idle_seconds",
    "response_seconds",
    "connections",
    "connections_per_address",
)
LIMITS_OF = {
    "client": f"{CLIENT}/config/env.py",
    "ticket, payment, organizer": "servicekit/src/servicekit/settings.py",
}
LANES_THAT_CALL_TICKET = ("lane_ticket_reads", "lane_bookings", "lane_staff")


def limits(service: str) -> list[float]:
    return [number(LIMITS_OF[service], name) for name in CONNECTION_LIMITS]


def test_whoever_calls_waits_longer_than_all_that_the_called_one_waits_for() -> None:
    for caller, called in LONGER:
        assert SECONDS[caller] >= sum(SECONDS[each] for each in called) + SLACK, (caller, called)
    parts = ("ticket hold", "ticket look-up", "ticket invoice")
    assert SECONDS["ticket booking"] >= sum(SECONDS[each] for each in parts)


def test_nobody_waits_longer_than_ten_seconds() -> None:
    assert SECONDS["dashboard change"] <= LONGEST
    assert SECONDS["client request"] < LONGEST
    assert sum(SECONDS[part] for part in BOOKING) < LONGEST


def test_the_table_of_deadlines_shows_what_the_code_says() -> None:
    text = (REPOSITORY / "docs/architecture.md").read_text(encoding="utf-8")
    section = text.partition("## Deadlines")[2].partition("\n## ")[0]
    shown = {
        f"{who} | {what}": seconds
        for who, what, seconds in re.findall(r"^\| (\w+) \| (.+?) \| ([\d. +]+) \|", section, re.M)
    }
    assert shown == {row: " + ".join(f"{SECONDS[name]:g}" for name in names) for row, names in ROWS.items()}
    assert f"and {SECONDS['client afterwork']:g} to store the answer" in section


def test_the_table_of_connections_shows_what_the_code_says() -> None:
    text = (REPOSITORY / "docs/architecture.md").read_text(encoding="utf-8")
    for service in LIMITS_OF:
        assert f"| {service} | {' | '.join(f'{limit:g}' for limit in limits(service))} |" in text


def test_one_address_of_ticket_is_all_that_client_can_ask_at_once() -> None:
    at_once = sum(number(LIMITS_OF["client"], lane) for lane in LANES_THAT_CALL_TICKET)
    processes = number(LIMITS_OF["client"], "web_workers")
    assert limits("ticket, payment, organizer")[-1] > processes * at_once


def test_behind_the_gateway_everybody_has_one_address() -> None:
    for name in ("ticket", "payment"):
        environment = compose_file.services()[name]["environment"]
        assert environment["CONNECTIONS_PER_ADDRESS"] == environment["CONNECTIONS"]
