"""Mends what differs, by the means that the services offer; never by writing to a database."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.client_api import ClientApi
from tests.support.environment import Environment
from tests.support.http import HttpApi, ProblemError
from tests.support.payment_api import PaymentApi
from tests.support.rules.violation import Violation
from tests.support.snapshot import Snapshot

DEAD_LETTER = "dead letter"


def dead_letters(snapshot: Snapshot) -> list[Violation]:
    """Webhooks that were given up: visible, so no broken promise, but somebody has to look at them."""
    return [
        Violation(6, DEAD_LETTER, delivery.id, f"{sender}: {delivery.type} of {delivery.subject_id}")
        for sender, deliveries in (("ticket", snapshot.ticket_deliveries), ("payment", snapshot.payment_deliveries))
        for delivery in deliveries
        if delivery.state == "DEAD"
    ]


class Mender:
    """What can be done about a difference: dead letters are sent again, client asks ticket again."""

    def __init__(self, environment: Environment) -> None:
        self._ticket = HttpApi(environment.ticket_url, environment.ticket_api_key)
        self._payment = PaymentApi(environment.payment_url, environment.payment_api_key)
        self._staff = ClientApi.sign_in(
            environment.client_url, email=environment.staff_email, password=environment.staff_password
        )

    def mend(self, violation: Violation) -> str:
        """What was done, in a few words."""
        act = self._remedy(violation)
        if act is None:
            return "left to the services, whose workers look at it, or to an operator"
        try:
            return act(violation)
        except ProblemError as problem:
            return f"refused: {problem.type}"

    def _remedy(self, violation: Violation) -> Callable[[Violation], str] | None:
        if violation.name in (DEAD_LETTER, "delivered webhook without effect"):
            return self._redeliver
        if violation.rule == 4 and not violation.name.startswith("waitlist entry"):
            return self._refresh
        return None

    def _redeliver(self, violation: Violation) -> str:
        if "invoice." in violation.detail:
            self._payment.redeliver(violation.subject)
            return "payment sends it again"
        self._ticket.call("POST", f"/api/v1/webhook-deliveries/{violation.subject}/redeliver")
        return "ticket sends it again"

    def _refresh(self, violation: Violation) -> str:
        booking = self._staff.refresh(violation.subject)
        return f"client asked ticket: {booking.status}"

    def close(self) -> None:
        """Ends its connections."""
        for api in (self._ticket, self._payment, self._staff):
            api.close()
