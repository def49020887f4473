"""Ticket app: what follows a hold, an invoice first and the outcome at last."""

from __future__ import annotations

from postman.build.dsl import Folder, Request
from postman.build.folders.steps import (
    book,
    choose_seats,
    force_holds,
    force_payments,
    pay,
    read_booking,
    wait_until,
)

INVOICE = Folder(
    "After a successful hold it creates an invoice in the payment app, which returns invoice number and payment URL; "
    "both are passed on to the client app",
    "The same invoice number and payment URL in all three apps.",
    (
        choose_seats(1),
        force_holds("ok"),
        book("Book a seat", 1, keep="invoiced_booking"),
        Request(
            "The invoice in the payment app",
            "GET",
            "payment/api/v1/invoices?reference={{invoiced_booking}}",
            "Exactly one invoice has the booking's id as its `reference`.",
            200,
            auth="payment_key",
            checks=(
                "pm.expect(body.items).to.have.length(1)",
                "pm.expect(body.items[0].number).to.eql(pm.collectionVariables.get('invoice_number'))",
                "pm.expect(body.items[0].status).to.eql('PENDING')",
            ),
            keep={"payment_page": "body.items[0].payment_url"},
        ),
        read_booking(
            "The same in the client app",
            "invoiced_booking",
            "Look at `invoice_number` and `payment_url`.",
            "pm.expect(body.invoice_number).to.eql(pm.collectionVariables.get('invoice_number'))",
            "pm.expect(body.payment_url).to.eql(pm.collectionVariables.get('payment_page'))",
        ),
    ),
    needs_set_up=True,
)


def _told(name: str, booking: str) -> Request:
    return Request(
        name,
        "GET",
        f"ticket/api/v1/webhook-deliveries?subject_id={{{{{booking}}}}}",
        "The webhooks to the client app about this booking, newest first, with every attempt. Look at `state` and at "
        "the client app's answer.",
        200,
        auth="ticket_key",
        until="body.items.length > 0 && body.items.every(delivery => delivery.state === 'DELIVERED')",
        checks=(
            "pm.expect(body.items[0].attempts.map(attempt => attempt.status_code)).to.include(200)",
            "pm.expect(body.items[0].type).to.eql('booking.updated')",
        ),
    )


TELLS = Folder(
    "It tells the client app when a booking succeeded or failed",
    "One booking succeeds, one fails; of both the ticket app sends signed webhooks, and the client app takes them in.",
    (
        choose_seats(2),
        force_holds("ok", "ok"),
        force_payments("ok", "fail"),
        book("Book a seat", 1, keep="told_booking"),
        pay("Pay: it will succeed"),
        wait_until("BOOKED", "told_booking", name="The client app knows that it succeeded"),
        _told("The webhook about the success", "told_booking"),
        book("Book another seat", 2, keep="told_failure"),
        pay("Pay: it will fail"),
        wait_until("FAILED", "told_failure", name="The client app knows that it failed"),
        _told("The webhook about the failure", "told_failure"),
        Request(
            "The buyer is notified, too",
            "GET",
            "client/api/v1/notifications",
            "Notifications of the buyer, newest first; each was also sent as an email.",
            200,
            checks=(
                (
                    "pm.expect(body.items.map(notification => notification.booking_id)).to.include.members(["
                    "pm.collectionVariables.get('told_booking'), pm.collectionVariables.get('told_failure')])"
                ),
            ),
        ),
    ),
    needs_set_up=True,
)


def _link(booking: str, kind: str) -> Request:
    return Request(
        f"Wait for the link to the PDF: {kind}",
        "GET",
        f"client/api/v1/bookings/{{{{{booking}}}}}/ticket",
        "A presigned link into the object store, valid for some minutes, with the SHA-256 of the PDF.",
        200,
        until="body.url",
        checks=("pm.expect(body.sha256).to.match(/^[0-9a-f]{64}$/)", f"pm.expect(body.kind).to.eql('{kind}')"),
        keep={"pdf_url": "body.url"},
    )


def _download(name: str) -> Request:
    return Request(
        name,
        "GET",
        "pdf",
        "As a browser would: without any key, only with the link. In Postman, *Send and Download* saves the PDF.",
        200,
        auth=None,
        checks=("pm.expect(pm.response.text()).to.match(/^%PDF-/)",),
    )


DOCUMENT = Folder(
    "On success it generates a PDF of the booking and delivers it to the client too",
    "The two bookings of the folder before: the one that succeeded has a confirmation, the one that failed a notice "
    "with the reason. They are stored in MinIO; its console shows them.",
    (
        _link("told_booking", "CONFIRMATION"),
        _download("Download the confirmation"),
        _link("told_failure", "NOTICE"),
        _download("Download the notice"),
    ),
    needs_set_up=True,
    needs={"told_booking": TELLS.name, "told_failure": TELLS.name},
)

STATUS_BY_HAND = Folder(
    "It has an endpoint by which the client app can check a booking's status by hand",
    "First the endpoint of the ticket app itself, then the button of the client app that asks it.",
    (
        Request(
            "The status at the ticket app",
            "GET",
            "ticket/api/v1/bookings/{{told_booking}}",
            "Look at `status`: the ticket app says it at any time, whoever was told what before.",
            200,
            auth="ticket_key",
            checks=("pm.expect(body.status).to.eql('BOOKED')",),
        ),
        Request(
            "The client app asks for it now",
            "POST",
            "client/api/v1/bookings/{{told_booking}}/refresh",
            "Asks the ticket app at once instead of waiting for a webhook.",
            200,
            checks=("pm.expect(body.status).to.eql('BOOKED')", "pm.expect(body.ticket_available).to.be.true"),
        ),
        Request(
            "A booking that nobody has made",
            "GET",
            "ticket/api/v1/bookings/00000000-0000-4000-8000-000000000000",
            "An id without a booking is answered with 404.",
            404,
            auth="ticket_key",
            problem="not-found",
        ),
    ),
    needs_set_up=True,
    needs={"told_booking": TELLS.name, "told_failure": TELLS.name},
)
