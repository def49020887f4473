"""A payment service that plays the contract (contracts/README.md, Invoice), in memory and under the test's control."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unicodedata import category
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


def _now() -> str:
    return datetime.now(UTC).isoformat()


TEXTS = json.loads((Path(__file__).parents[3] / "contracts" / "text.json").read_text())["fields"]


def _is_unacceptable(wanted: dict[str, Any]) -> bool:
    """Whether a text of a new invoice is too long or has several lines, as payment sees it."""
    texts = {
        "invoice.description": wanted["description"],
        "customer.name": wanted["customer"]["name"],
        "customer.email": wanted["customer"]["email"],
    }
    return any(
        not 1 <= len(text) <= TEXTS[field]["max_length"] or any(category(it) in ("Cc", "Zl", "Zp") for it in text)
        for field, text in texts.items()
    )


class FakePayment:
    """Invoices by reference. `silent_before`, `silent_after`: operations whose request, or answer, gets lost."""

    def __init__(self) -> None:
        self.invoices: dict[str, dict[str, Any]] = {}
        self.silent_before: list[str] = []
        self.silent_after: list[str] = []
        self.return_urls: dict[str, str | None] = {}
        self.late: dict[str, asyncio.Event] = {}
        self.calls: list[tuple[str, str]] = []
        self.requests: list[dict[str, Any]] = []
        self.down = False
        self.app = Starlette(
            routes=[
                Route("/api/v1/invoices", self._create, methods=["POST"]),
                Route("/api/v1/invoices", self._list, methods=["GET"]),
                Route("/api/v1/invoices/void", self._void, methods=["POST"]),
                Route("/api/v1/invoices/{number}/refund", self._refund, methods=["POST"]),
                Route("/api/v1/invoices/{number}/timeline", self._timeline, methods=["GET"]),
            ]
        )

    def decide(self, reference: str, status: str) -> dict[str, Any]:
        """The buyer pays, the gateway decides, the money goes back: whatever `status` says happened."""
        invoice = self.invoices[reference]
        invoice.update(status=status, version=invoice["version"] + 1, updated_at=_now())
        return invoice

    def calls_of(self, operation: str, reference: str) -> int:
        return self.calls.count((operation, reference))

    async def _answer(self, operation: str, reference: str, act: Any) -> Response:
        self.calls.append((operation, reference))
        if self.down or operation in self.silent_before:
            if operation in self.silent_before:
                self.silent_before.remove(operation)
            return Response(status_code=503)
        if operation in self.late:
            await self.late[operation].wait()
        answer: Response = act()
        if operation in self.silent_after:
            self.silent_after.remove(operation)
            return Response(status_code=502)
        return answer

    async def _create(self, request: Request) -> Response:
        wanted = await request.json()
        self.requests.append(wanted)
        if _is_unacceptable(wanted):
            return JSONResponse({"type": "validation-error", "status": 422}, 422)

        def act() -> Response:
            known = self.invoices.get(wanted["reference"])
            if known and known["status"] == "VOID":
                return JSONResponse({"type": "invoice-void"}, 409)
            if known:
                if known["status"] == "PENDING" and known["expires_at"] < wanted["expires_at"]:
                    known.update(expires_at=wanted["expires_at"], version=known["version"] + 1, updated_at=_now())
                return JSONResponse(known)
            made = self._new(wanted["reference"], "PENDING", wanted["amount"])
            self.return_urls[wanted["reference"]] = wanted.get("return_url")
            made.update(expires_at=wanted["expires_at"], payment_url=f"http://pay.test/pay/{uuid4().hex}")
            return JSONResponse(made, 201)

        return await self._answer("create", wanted["reference"], act)

    async def _list(self, request: Request) -> Response:
        reference = request.query_params["reference"]
        found = [self.invoices[reference]] if reference in self.invoices else []
        return await self._answer("find", reference, lambda: JSONResponse({"items": found, "next_cursor": None}))

    async def _void(self, request: Request) -> Response:
        reference = (await request.json())["reference"]

        def act() -> Response:
            invoice = self.invoices.get(reference) or self._new(reference, "VOID", 0)
            if invoice["status"] == "PENDING":
                self.decide(reference, "VOID")
            if invoice["status"] != "VOID":
                document = {"type": "invoice-not-voidable", "invoice_status": invoice["status"], "invoice": invoice}
                return JSONResponse(document, 409)
            return JSONResponse(invoice)

        return await self._answer("void", reference, act)

    async def _refund(self, request: Request) -> Response:
        number = request.path_params["number"]
        invoice = next(invoice for invoice in self.invoices.values() if invoice["number"] == number)

        def act() -> Response:
            if invoice["status"] == "REFUNDED":
                return JSONResponse(invoice)
            if invoice["status"] != "PAID":
                return JSONResponse({"type": "invoice-not-refundable", "invoice_status": invoice["status"]}, 409)
            invoice["refund_requested_at"] = invoice["refund_requested_at"] or _now()
            return JSONResponse(invoice, 202)

        return await self._answer("refund", invoice["reference"], act)

    async def _timeline(self, request: Request) -> Response:
        number = request.path_params["number"]
        reference = next(key for key, invoice in self.invoices.items() if invoice["number"] == number)
        item = {"at": _now(), "service": "payment", "actor": "ticket", "action": "invoice.created"}
        return await self._answer("timeline", reference, lambda: JSONResponse({"items": [item]}))

    def _new(self, reference: str, status: str, amount: int) -> dict[str, Any]:
        self.invoices[reference] = {
            "number": f"INV-{len(self.invoices):05d}",
            "reference": reference,
            "version": 1,
            "status": status,
            "amount": amount,
            "payment_url": None,
            "expires_at": None,
            "refund_requested_at": None,
        }
        return self.invoices[reference]
