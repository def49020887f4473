"""`overload`: what happens when more is asked for than can be done, on a stack of its own.

First the peak is found: buyers who each wait for their answer, more and more of them. Then bookings arrive at a rate of
their own, up to four times the peak, whether they are answered or not. At the end, a buyer at a time: how long does it
take until all is as calm as before?
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from math import inf

import httpx

from bench.calm_stack import calm_stack
from bench.closed_load import ClosedLoad, send
from bench.crowd import Crowd
from bench.open_load import OpenLoad, OpenOutcome, arrive
from bench.overload_report import Calm, Findings, Stage, conclude
from bench.report import out
from tests.support.http import ProblemError
from tests.support.invariants import InvariantsBroken
from tests.support.stack import RunningStack

LIMIT_SECONDS = 15
CONNECTIONS = 1200
CALM_IN_A_ROW = 3
REFUSED, BOOKED = "503", "201"


@dataclass(frozen=True, slots=True)
class Plan:
    """The peak is the best of `crowds`, numbers of connections that wait for their answers, over `peak_bookings` each.

    Then each of `multiples` of the peak arrives for `seconds`.
    """

    crowds: tuple[int, ...] = (4, 8, 16, 32)
    peak_bookings: int = 600
    multiples: tuple[float, ...] = (0.5, 1, 2, 4)
    seconds: float = 15
    buyers: int = 24
    calm_bookings: int = 20
    calm_again_limit_seconds: float = 30


QUICK = Plan(crowds=(4, 8), peak_bookings=120, multiples=(1, 4), seconds=6, buyers=8, calm_bookings=8)


def run(*, quick: bool) -> None:
    """Measures, prints a table, stores it with a plot; then nothing that was accepted may be lost."""
    plan = QUICK if quick else Plan()
    with calm_stack() as world:
        stack, crowd = world.stack, Crowd(world, plan.buyers)
        calm_p95 = _p95([_one_booking(crowd) for _ in range(plan.calm_bookings)])
        peak = max(_closed_rate(stack, crowd, buyers, plan) for buyers in plan.crowds)
        out.print(f"[dim]· peak {peak:.1f} bookings a second[/]")
        stages, accepted, generator = [], set[str](), list[float]()
        for multiple in plan.multiples:
            outcome = _arrive(stack, crowd, rate=multiple * peak, seconds=plan.seconds)
            stages.append(_stage(multiple, multiple * peak, outcome, plan.seconds))
            generator.append(round(100 * outcome.processor_seconds / plan.seconds, 1))
            accepted |= {answer.booking for answer in outcome.answers if answer.booking}
            out.print(f"[dim]· {stages[-1]}[/]")
        calm = Calm(calm_p95, _seconds_until_calm(crowd, calm_p95, plan))
        lost = _lost(crowd, accepted) + _violations(stack)
    conditions = {
        **asdict(plan),
        "generator_percent_of_a_core": generator,
        "cores": os.cpu_count(),
        "load_average": round(os.getloadavg()[0], 1),
    }
    conclude(Findings(round(peak, 1), stages, calm, lost, conditions))


def _one_booking(crowd: Crowd) -> float:
    ((event, seat),) = crowd.requests(1)
    begun = time.perf_counter()
    crowd.buyers[0].book(event, [seat])
    return 1000 * (time.perf_counter() - begun)


def _closed_rate(stack: RunningStack, crowd: Crowd, connections: int, plan: Plan) -> float:
    """Returns how many bookings a second are made over so many connections, each of which waits for its answer."""
    outcome = send(ClosedLoad(stack.environment.client_url, crowd.bookings(plan.peak_bookings), connections))
    if set(outcome.statuses()) != {BOOKED}:
        raise RuntimeError(f"Below the peak something was refused: {dict(outcome.statuses())}.")
    return outcome.per_second


def _arrive(stack: RunningStack, crowd: Crowd, *, rate: float, seconds: float) -> OpenOutcome:
    load = OpenLoad(
        url=stack.environment.client_url,
        requests=crowd.bookings(int(rate * seconds)),
        rate=rate,
        connections=CONNECTIONS,
        limit_seconds=LIMIT_SECONDS,
    )
    return arrive(load)


def _stage(multiple: float, rate: float, outcome: OpenOutcome, seconds: float) -> Stage:
    """The first third, in which the work under way only grows, is left out of the rates."""
    steady = [answer for answer in outcome.answers if seconds / 3 <= answer.at < seconds]
    per_second = 1 / (seconds - seconds / 3)
    accepted = [answer for answer in steady if answer.status == BOOKED]
    refused = [answer for answer in steady if answer.status == REFUSED]
    other = outcome.statuses() - Counter({BOOKED: sys.maxsize, REFUSED: sys.maxsize})
    return Stage(
        multiple=multiple,
        offered=round(rate, 1),
        accepted=round(len(accepted) * per_second, 1),
        refused=round(len(refused) * per_second, 1),
        told_to_retry=round(sum(answer.retry_after for answer in refused) / len(refused), 3) if refused else 1.0,
        other={**other, **({"not sent": outcome.not_sent} if outcome.not_sent else {})},
        accepted_p95=_p95([1000 * answer.took for answer in accepted]),
        refused_p95=_p95([1000 * answer.took for answer in refused]),
    )


def _seconds_until_calm(crowd: Crowd, calm_p95: float, plan: Plan) -> float:
    """Returns when the first of three bookings in a row began that all took at most twice as long as before."""
    begun = time.perf_counter()
    quick_since: list[float] = []
    while (since := time.perf_counter() - begun) < plan.calm_again_limit_seconds:
        try:
            took = _one_booking(crowd)
        except (ProblemError, httpx.TransportError):
            took = inf
        quick_since = [*quick_since, since] if took <= 2 * calm_p95 else []
        if len(quick_since) == CALM_IN_A_ROW:
            return round(quick_since[0], 1)
    return inf


def _lost(crowd: Crowd, accepted: set[str]) -> list[str]:
    """Bookings that were answered with 201 and that their buyers no longer find waiting for payment."""
    found = {booking.id for buyer in crowd.buyers for booking in buyer.bookings(status="AWAITING_PAYMENT")}
    return [f"{booking} was accepted and is not found" for booking in sorted(accepted - found)]


def _violations(stack: RunningStack) -> list[str]:
    try:
        stack.check(180)
    except InvariantsBroken as broken:
        return [str(violation) for violation in broken.violations]
    return []


def _p95(milliseconds: list[float]) -> float:
    if len(milliseconds) < 2:
        return round(sum(milliseconds), 1)
    return round(statistics.quantiles(milliseconds, n=20, method="inclusive")[-1], 1)
