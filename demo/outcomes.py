"""Outcomes that a demo chooses, by the simulation controls, and puts back as they were."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from demo.failures import DemoFailure
from tests.support.http import HttpApi, ProblemError
from tests.support.organizer_api import OrganizerApi
from tests.support.payment_api import PaymentApi

PUT_BACK = ("failure_rate", "latency_ms", "next_outcomes")


class Outcomes:
    """Nothing fails by chance; what fails is said beforehand."""

    def __init__(self, organizer: OrganizerApi, payment: PaymentApi) -> None:
        self._organizer = organizer
        self._payment = payment

    def next_hold_is_declined(self) -> None:
        """The organizer says no once."""
        self._organizer.simulate(next_outcomes=["fail"])

    def next_payment_fails(self) -> None:
        """The payment fails once."""
        self._payment.simulate(next_outcomes=["fail"])


@contextmanager
def chosen_outcomes(organizer: OrganizerApi, payment: PaymentApi) -> Iterator[Outcomes]:
    """Takes chance out of organizers and payments; afterwards, however it ends, both are as they were."""
    before = [(api, _simulation(api)) for api in (organizer, payment)]
    try:
        for api, _ in before:
            api.call("PUT", "/simulation", json={"failure_rate": 0, "latency_ms": 0, "next_outcomes": []})
        yield Outcomes(organizer, payment)
    finally:
        for api, values in before:
            api.call("PUT", "/simulation", json=values)


def _simulation(api: HttpApi) -> dict[str, Any]:
    try:
        now = api.call("GET", "/simulation")
    except ProblemError as problem:
        if problem.status == 404:
            raise DemoFailure("The demo needs SIMULATION_CONTROLS=true, to choose what fails.") from problem
        raise
    return {name: now[name] for name in PUT_BACK}
