"""A payment service in memory that keeps the contract (contracts/README.md, Invoice); the test controls it."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from servicekit.emails import normalised_email
from servicekit.text import one_line
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from devstack.contract_answers import MEDIA_TYPE, PROBLEMS, api_of


def _now() -> str:
    return datetime.now(UTC).isoformat()


API = api_of("payment")
INVOICES = "/api/v1/invoices"
UNKNOWN_AT_FIRST = (
    *("customer", "payment_url", "return_url", "expires_at", "failure_reason", "refund_requested_at"),
    *("paid_at", "failed_at", "voided_at", "refunded_at"),
)
VOID_CURRENCY = "XXX"
"""The currency of an invoice that was voided before it was created."""


def _is_unacceptable(wanted: dict[str, Any]) -> bool:
    """Whether payment would refuse the request for a new invoice."""
    if API.request_mismatches("POST", INVOICES, body=wanted):
        return True
    try:
        one_line(wanted["description"])
        one_line(wanted["customer"]["name"])
        normalised_email(wanted["customer"]["email"])
    except ValueError:
        return True
    return False


def _problem(slug: str, path: str, **members: Any) -> Response:
    problem = PROBLEMS[slug]
    body = {
        "type": slug,
        "title": problem["title"],
        "status": problem["status"],
        "detail": f"{slug}.",
        "instance": path,
    }
    return JSONResponse({**body, "request_id": "of-payment", **members}, problem["status"], media_type=MEDIA_TYPE)


class FakePayment:
    """Invoices by reference. `lost_requests`, `lost_answers`: operations whose next request or answer gets lost.

    `delayed`: operations that wait for an event. `violations`: answers that contracts/openapi/payment.json does not
    allow; the fixture fails the test for them at its end.
    """

    def __init__(self) -> None:
        self.invoices: dict[str, dict[str, Any]] = {}
        self.lost_requests: list[str] = []
        self.lost_answers: list[str] = []
        self.return_urls: dict[str, str | None] = {}
        self.delayed: dict[str, asyncio.Event] = {}
        self.calls: list[tuple[str, str]] = []
        self.requests: list[dict[str, Any]] = []
        self.violations: list[str] = []
        self.is_down = False
        self.app = Starlette(
            routes=[
                Route("/api/v1/invoices", self._create, methods=["POST"]),
                Route("/api/v1/invoices", self._list, methods=["GET"]),
                Route("/api/v1/invoices/void", self._void, methods=["POST"]),
                Route("/api/v1/invoices/{number}/refund", self._refund, methods=["POST"]),
                Route("/api/v1/invoices/{number}/timeline", self._timeline, methods=["GET"]),
            ]
        )

    def set_status(self, reference: str, status: str) -> dict[str, Any]:
        """Changes the invoice as a payment, a refusal or a refund does."""
        invoice = self.invoices[reference]
        invoice.update(status=status, version=invoice["version"] + 1, updated_at=_now())
        return invoice

    def calls_of(self, operation: str, reference: str) -> int:
        return self.calls.count((operation, reference))

    def _checked(self, request: Request, answer: Response) -> Response:
        found = API.answer_mismatches(
            request.method, request.url.path, status=answer.status_code, body=json.loads(bytes(answer.body))
        )
        self.violations += [f"{request.method} {request.url.path} → {answer.status_code}: {each}" for each in found]
        return answer

    async def _answer(self, request: Request, operation: str, reference: str, act: Any) -> Response:
        self.calls.append((operation, reference))
        if self.is_down or operation in self.lost_requests:
            if operation in self.lost_requests:
                self.lost_requests.remove(operation)
            return Response(status_code=503)
        if operation in self.delayed:
            await self.delayed[operation].wait()
        answer = self._checked(request, act())
        if operation in self.lost_answers:
            self.lost_answers.remove(operation)
            return Response(status_code=502)
        return answer

    async def _create(self, request: Request) -> Response:
        wanted = await request.json()
        self.requests.append(wanted)
        if _is_unacceptable(wanted):
            wrong = {"field": "description", "code": "wrong", "message": "is wrong"}
            return self._checked(request, _problem("validation-error", INVOICES, errors=[wrong]))

        def act() -> Response:
            existing = self.invoices.get(wanted["reference"])
            if existing and existing["status"] == "VOID":
                number = existing["number"]
                return _problem("invoice-void", INVOICES, invoice_number=number, invoice_status="VOID")
            if existing:
                if existing["status"] == "PENDING" and existing["expires_at"] < wanted["expires_at"]:
                    existing.update(expires_at=wanted["expires_at"], version=existing["version"] + 1, updated_at=_now())
                return JSONResponse(existing)
            created = self._new(wanted["reference"], "PENDING", wanted["amount"])
            self.return_urls[wanted["reference"]] = wanted.get("return_url")
            published = ("currency", "description", "customer", "expires_at")
            created.update({name: wanted[name] for name in published})
            created.update(return_url=wanted.get("return_url"), payment_url=f"http://pay.test/pay/{uuid4().hex}")
            return JSONResponse(created, 201)

        return await self._answer(request, "create", wanted["reference"], act)

    async def _list(self, request: Request) -> Response:
        asked = request.query_params.get("reference") or request.query_params["references"]
        found = [self.invoices[each] for each in asked.split(",") if each in self.invoices]
        if request.query_params.get("decided") == "true":
            found = [each for each in found if each["status"] not in ("PENDING", "PROCESSING")]
        return await self._answer(request, "find", asked, lambda: JSONResponse({"items": found, "next_cursor": None}))

    async def _void(self, request: Request) -> Response:
        reference = (await request.json())["reference"]

        def act() -> Response:
            invoice = self.invoices.get(reference) or self._new(reference, "VOID", 0)
            if invoice["status"] == "PENDING":
                self.set_status(reference, "VOID")
            if invoice["status"] != "VOID":
                facts = {"invoice_status": invoice["status"], "invoice": invoice}
                return _problem("invoice-not-voidable", request.url.path, **facts)
            return JSONResponse(invoice)

        return await self._answer(request, "void", reference, act)

    async def _refund(self, request: Request) -> Response:
        number = request.path_params["number"]
        invoice = next(invoice for invoice in self.invoices.values() if invoice["number"] == number)

        def act() -> Response:
            if invoice["status"] == "REFUNDED":
                return JSONResponse(invoice)
            if invoice["status"] != "PAID":
                return _problem("invoice-not-refundable", request.url.path, invoice_status=invoice["status"])
            invoice["refund_requested_at"] = invoice["refund_requested_at"] or _now()
            return JSONResponse(invoice, 202)

        return await self._answer(request, "refund", invoice["reference"], act)

    async def _timeline(self, request: Request) -> Response:
        number = request.path_params["number"]
        reference = next(key for key, invoice in self.invoices.items() if invoice["number"] == number)
        item = {"at": _now(), "service": "payment", "actor": "ticket", "action": "invoice.created", "detail": {}}
        item |= {"from_status": None, "to_status": "PENDING"}
        return await self._answer(request, "timeline", reference, lambda: JSONResponse({"items": [item]}))

    def _new(self, reference: str, status: str, amount: int) -> dict[str, Any]:
        self.invoices[reference] = {
            "number": f"INV-{len(self.invoices):05d}",
            "reference": reference,
            "version": 1,
            "status": status,
            "amount": amount,
            "currency": VOID_CURRENCY,
            "description": "",
            "created_at": _now(),
            "updated_at": _now(),
            **dict.fromkeys(UNKNOWN_AT_FIRST),
        }
        return self.invoices[reference]
