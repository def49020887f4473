"""The operations of each service that the film names: method, path, and what it is for."""

from __future__ import annotations

Named = tuple[str, str, str]

CLIENT: tuple[Named, ...] = (
    ("POST", "/api/v1/auth/register", "make an account; <em>/users</em> has the rest of the CRUD"),
    ("GET", "/api/v1/events/{event_id}/seats", "the seat map"),
    ("POST", "/api/v1/bookings", "book one to ten seats"),
    ("GET", "/api/v1/bookings", "the history: successful and failed"),
    ("POST", "/api/v1/bookings/{booking_id}/refresh", "ask ticket for the status by hand"),
    ("POST", "/api/v1/bookings/{booking_id}/cancel", "give the seats back, with a refund"),
    ("POST", "/api/v1/waitlist", "queue for a taken seat"),
    ("POST", "/webhooks/ticket", "receives ticket's signed webhook"),
)
TICKET: tuple[Named, ...] = (
    ("POST", "/api/v1/events", "make an event; <em>PATCH</em> and <em>DELETE</em> change and remove it"),
    ("POST", "/api/v1/events/{event_id}/seats", "add seats: OPEN, ON GOING, BOOKED"),
    ("POST", "/api/v1/bookings", "hold at the organizer, then an invoice from payment"),
    ("GET", "/api/v1/bookings/{booking_id}", "a booking's status, at its source"),
    ("GET", "/api/v1/bookings/{booking_id}/ticket", "a fresh presigned link to the PDF"),
    ("GET", "/api/v1/events/{event_id}/waitlist", "who queues for which seat"),
    ("POST", "/webhooks/payment", "receives payment's signed webhook"),
)
PAYMENT: tuple[Named, ...] = (
    ("POST", "/api/v1/invoices", "an invoice with number and payment URL"),
    ("GET", "/api/v1/invoices", "all of them: paid, failed, void, refunded"),
    ("POST", "/pay/{token}", "pay; the outcome comes later, 10 % fail"),
    ("POST", "/api/v1/invoices/{number}/refund", "give the money back"),
    ("PUT", "/api/v1/config/webhook", "<em>WEBHOOK_URL</em>, where outcomes are sent"),
    ("GET", "/api/v1/webhook-deliveries", "every attempt to send them"),
    ("PUT", "/simulation", "choose what fails next"),
)
SERVICES = {"client": CLIENT, "ticket": TICKET, "payment": PAYMENT}
