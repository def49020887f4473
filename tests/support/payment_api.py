"""The payment service, as an operator calls it, and its hosted page, as a buyer's browser does."""

from __future__ import annotations

from typing import Any

import httpx

from devstack.deadlines import stretched
from tests.support.http import NO_TLS, TIMEOUT_SECONDS, HttpApi, ProblemError

API = "/api/v1"


class PaymentApi(HttpApi):
    """Invoices, deliveries and the simulation."""

    def invoice(self, number: str) -> dict[str, Any]:
        found: dict[str, Any] = self.call("GET", f"{API}/invoices/{number}")
        return found

    def invoice_of(self, reference: str) -> dict[str, Any] | None:
        """The invoice of a booking."""
        return next(iter(self.every(f"{API}/invoices", reference=reference)), None)

    def deliveries(self, **filters: str) -> list[dict[str, Any]]:
        return list(self.every(f"{API}/webhook-deliveries", **filters))

    def redeliver(self, delivery_id: str) -> None:
        self.call("POST", f"{API}/webhook-deliveries/{delivery_id}/redeliver")

    def simulate(self, **changes: Any) -> None:
        """Changes the simulation (`failure_rate`, `latency_ms`, `next_outcomes`, `seed`)."""
        self.call("PUT", "/simulation", json=changes)


def pay(payment_url: str) -> None:
    """What the Pay button of the hosted page does."""
    response = httpx.post(
        payment_url,
        headers={"accept": "application/json"},
        json={},
        timeout=stretched(TIMEOUT_SECONDS),
        trust_env=False,
        verify=NO_TLS,
    )
    if not response.is_success:
        raise ProblemError(response)
