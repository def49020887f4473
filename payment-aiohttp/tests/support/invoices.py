"""Invoices made, paid and looked at over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import aiohttp

INVOICES = "/api/v1/invoices"

Document = dict[str, Any]


def order(**changes: Any) -> Document:
    """A body that makes an invoice."""
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


def page_of(invoice: Document) -> str:
    """The path of its payment page."""
    return f"/pay/{invoice['payment_url'].rpartition('/')[2]}"


@dataclass
class Till:
    """What ticket and a buyer do with invoices."""

    client: aiohttp.ClientSession

    async def call(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        """Status and document of an answer."""
        async with self.client.request(method, path, **options) as answer:
            return answer.status, await answer.json(content_type=None)

    async def make(self, **changes: Any) -> Document:
        """A new invoice."""
        status, invoice = await self.call("POST", INVOICES, json=order(**changes))
        assert status == 201, invoice
        return dict(invoice)

    async def read(self, invoice: Document) -> Document:
        """The invoice as it is now."""
        status, found = await self.call("GET", f"{INVOICES}/{invoice['number']}")
        assert status == 200
        return dict(found)

    async def pay(self, invoice: Document) -> int:
        """Press the button; the status of the answer."""
        status, _ = await self.call("POST", page_of(invoice))
        return status

    async def void(self, reference: str) -> tuple[int, Document]:
        """What ticket asks when a booking ends."""
        return await self.call("POST", f"{INVOICES}/void", json={"reference": reference})

    async def refund(self, invoice: Document) -> tuple[int, Document]:
        """What ticket asks when a paid booking ends."""
        return await self.call("POST", f"{INVOICES}/{invoice['number']}/refund")

    async def actions(self, invoice: Document) -> list[str]:
        """What happened to it, in order."""
        _, document = await self.call("GET", f"{INVOICES}/{invoice['number']}/timeline")
        return [item["action"] for item in document["items"]]

    async def simulate(self, **changes: Any) -> None:
        """Change how payments behave."""
        status, _ = await self.call("PUT", "/simulation", json=changes)
        assert status == 200

    async def deliveries(self, invoice: Document) -> list[Document]:
        """What was told of the invoice, oldest first."""
        _, document = await self.call("GET", "/api/v1/webhook-deliveries", params={"invoice": invoice["number"]})
        return list(reversed(document["items"]))
