"""Calls of the payment service over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import aiohttp

INVOICES = "/api/v1/invoices"

Document = dict[str, Any]


def invoice_request(**changes: Any) -> Document:
    """Returns the body of a request that creates an invoice."""
    return {
        "reference": str(uuid4()),
        "amount": 750_000,
        "currency": "IDR",
        "description": "Malam Gamelan: Balkon A12, A13",
        "customer": {"id": str(uuid4()), "name": "Ayu Lestari", "email": "ayu@example.com"},
        "expires_at": (datetime.now(UTC) + timedelta(minutes=15)).isoformat(),
        "return_url": "http://127.0.0.1:8501/bookings",
        **changes,
    }


def page_path(invoice: Document) -> str:
    """Returns the path of the invoice's payment page."""
    return f"/pay/{invoice['payment_url'].rpartition('/')[2]}"


@dataclass
class PaymentApi:
    """Calls the payment service as ticket, as a buyer and as an operator do."""

    client: aiohttp.ClientSession

    async def call(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        """Makes a request; returns the status and the document of the answer."""
        async with self.client.request(method, path, **options) as answer:
            return answer.status, await answer.json(content_type=None)

    async def create_invoice(self, **changes: Any) -> Document:
        """Creates an invoice."""
        status, invoice = await self.call("POST", INVOICES, json=invoice_request(**changes))
        assert status == 201, invoice
        return dict(invoice)

    async def read_invoice(self, invoice: Document) -> Document:
        """Reads the current state of the invoice."""
        status, found = await self.call("GET", f"{INVOICES}/{invoice['number']}")
        assert status == 200
        return dict(found)

    async def pay(self, invoice: Document) -> int:
        """Pays as the payment page's button does; returns the status of the answer."""
        status, _ = await self.call("POST", page_path(invoice))
        return status

    async def void(self, reference: str) -> tuple[int, Document]:
        """Voids the reference, as ticket does when a booking ends."""
        return await self.call("POST", f"{INVOICES}/void", json={"reference": reference})

    async def refund(self, invoice: Document) -> tuple[int, Document]:
        """Requests a refund, as ticket does when a paid booking ends."""
        return await self.call("POST", f"{INVOICES}/{invoice['number']}/refund")

    async def actions(self, invoice: Document) -> list[str]:
        """Returns the actions in the invoice's timeline, oldest first."""
        _, document = await self.call("GET", f"{INVOICES}/{invoice['number']}/timeline")
        return [item["action"] for item in document["items"]]

    async def simulate(self, **changes: Any) -> None:
        """Changes how payments behave."""
        status, _ = await self.call("PUT", "/simulation", json=changes)
        assert status == 200

    async def deliveries(self, invoice: Document) -> list[Document]:
        """Returns the deliveries of the invoice's webhook events, oldest first."""
        _, document = await self.call("GET", "/api/v1/webhook-deliveries", params={"invoice": invoice["number"]})
        return list(reversed(document["items"]))
