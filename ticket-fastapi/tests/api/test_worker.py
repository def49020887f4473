"""The worker: its lanes and sweeps, and how it stops."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from servicekit.lanes import AnyLane
from servicekit.rounds import Sweep
from servicekit.tracing import current_trace, new_trace, tracing
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs
from support.deliveries import add_delivery
from support.process import environment
from support.ticket_system import TicketSystem
from ticketing import main, worker
from ticketing.db.tables import webhook_deliveries
from ticketing.db.worker.failures import count_failures
from ticketing.domain.booking_record import Booking
from ticketing.domain.work import Loop
from ticketing.services import Services
from ticketing.settings import Settings
from ticketing.usecases.step_outcome import DONE, Done
from ticketing.usecases.worker import advance
from ticketing.usecases.worker.lanes import DELIVERIES, DOCUMENTS, LANES
from ticketing.worker import run_worker

from devstack.deadlines import stretched
from devstack.module_process import read_line_with, running_process
from devstack.waiting import wait_until
from servicekit import rounds

Do = Callable[[Services, Any], Awaitable[None]]


@asynccontextmanager
async def working(
    services: Services, *lanes: AnyLane[Services], sweeps: tuple[Sweep[Services], ...] = ()
) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(run_worker(services, stop, lanes=lanes, sweeps=sweeps))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, stretched(10))


async def add(engine: AsyncEngine) -> UUID:
    """Adds a delivery, which is one item for a worker."""
    async with engine.begin() as connection:
        return await add_delivery(
            connection, type="booking.updated", subject_id=uuid4(), subject_version=1, data={"document": None}
        )


def deliveries(do: Do) -> AnyLane[Services]:
    """Returns the lane of deliveries, which does `do` with each."""
    return replace(DELIVERIES, do=do)


async def test_an_item_is_done_once_for_the_request_that_made_it(services: Services) -> None:
    seen: list[tuple[UUID, object]] = []

    async def note(_: Services, claimed: Any) -> None:
        seen.append((claimed.id, current_trace()))

    trace = new_trace("the-request")
    # Two workers, one item.
    async with working(services, deliveries(note)), working(services, deliveries(note)):
        with tracing(trace):
            added = await add(services.engine)
        await wait_until(lambda: bool(seen))
    assert [(id_, found.request_id) for id_, found in seen] == [(added, "the-request")]  # type: ignore[attr-defined]


async def test_an_item_that_fails_is_done_again_after_its_lease(services: Services) -> None:
    tries: list[int] = []

    async def fail_once(services: Services, _: Any) -> None:
        tries.append(1)
        async with services.engine.begin() as connection:
            # End the lease.
            await connection.execute(sa.update(webhook_deliveries).values(next_attempt_at=sa.func.now()))
        if len(tries) == 1:
            raise RuntimeError("not this time")

    async with working(services, deliveries(fail_once)):
        await add(services.engine)
        await wait_until(lambda: len(tries) >= 2)


async def test_items_and_sweeps_that_fail_are_counted_and_logged_with_their_names(services: Services) -> None:
    async def fail(_: Services, __: Any) -> None:
        raise RuntimeError("not today")

    async def sweep(_: Services) -> None:
        raise RuntimeError("bad round")

    async def counted() -> bool:
        async with services.engine.connect() as connection:
            return (await count_failures(connection)).keys() == {Loop.DELIVERIES, Loop.SWEEPS}

    with capture_logs() as lines:
        async with working(services, deliveries(fail), sweeps=(Sweep("bad", lambda _: 600, sweep),)):
            added = await add(services.engine)
            await wait_until(counted)
    failed = [(line["lane"], line["item"]) for line in lines if line["event"] == "work.failed"]
    assert failed == [("deliveries", str(added))]
    assert [line["sweep"] for line in lines if line["event"] == "sweep.failed"] == ["bad"]


async def test_a_worker_goes_on_when_its_heartbeat_cannot_be_written(services: Services, tmp_path: Path) -> None:
    done: list[UUID] = []

    async def note(_: Services, claimed: Any) -> None:
        done.append(claimed.id)

    nowhere = services.settings.model_copy(update={"heartbeat_file": tmp_path / "no" / "such" / "folder"})
    with capture_logs() as lines:
        async with working(replace(services, settings=nowhere), deliveries(note)):
            await wait_until(lambda: any(line["event"] == "worker.heartbeat_failed" for line in lines))
            added = await add(services.engine)
            await wait_until(lambda: done == [added])


async def test_a_blocked_document_lane_does_not_stop_others_and_the_heartbeat_names_it(
    system: TicketSystem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck: list[UUID] = []
    go_on = asyncio.Event()

    async def hang(_: Services, booking: Booking) -> Done:
        stuck.append(booking.id)
        await go_on.wait()
        return DONE

    monkeypatch.setitem(advance.STEPS, next(step for step in advance.STEPS if step == "issue_document"), hang)
    monkeypatch.setattr(rounds, "STANDS_STILL_AFTER_SECONDS", 0.2)
    monkeypatch.setattr(rounds, "HEARTBEAT_SECONDS", 0.1)
    heartbeat = tmp_path / "heartbeat"
    settings = system.services.settings.model_copy(update={"heartbeat_file": heartbeat})
    event, seats = await system.create_event(seats_per_row=DOCUMENTS.at_once + 2)

    lanes = [replace(lane, together=None) if lane is DOCUMENTS else lane for lane in LANES]

    def names_documents() -> bool:
        lines = heartbeat.read_text().splitlines() if heartbeat.exists() else []
        still = [line.partition(":")[0] for line in lines if "stands still" in line]
        return [line.partition(":")[0] for line in lines] == [lane.name for lane in LANES] and still == ["documents"]

    with capture_logs() as lines:
        async with working(replace(system.services, settings=settings), *lanes):
            for seat in seats[: DOCUMENTS.at_once]:
                await system.pay((await system.book(event, [seat]))["id"])
            await wait_until(lambda: len(stuck) == DOCUMENTS.at_once)
            # Work of other lanes goes on: a deadline passes, and the release follows.
            overdue = await system.book(event, seats[-1:])
            await system.pass_payment_deadline(overdue["id"])

            async def is_released() -> bool:
                return (await system.booking_row(overdue["id"]))["released_at"] is not None

            await wait_until(is_released)
            # On a busy machine another lane may stand still for a moment, too.
            await wait_until(names_documents)
            go_on.set()
    assert "documents" in {line["lane"] for line in lines if line["event"] == "lane.stands_still"}
    assert len(stuck) >= DOCUMENTS.at_once


async def test_stopping_lets_a_running_item_finish(services: Services) -> None:
    started, ended = asyncio.Event(), asyncio.Event()

    async def take_long(_: Services, __: Any) -> None:
        started.set()
        await asyncio.sleep(0.3)
        ended.set()

    async with working(services, deliveries(take_long)):
        await add(services.engine)
        await asyncio.wait_for(started.wait(), stretched(10))
    assert ended.is_set()


async def test_a_sweep_that_fails_is_done_again(services: Services) -> None:
    rounds: list[int] = []

    async def sweep(_: Services) -> None:
        rounds.append(1)
        raise RuntimeError("bad round")

    async with working(services, sweeps=(Sweep("bad", lambda _: 0.01, sweep),)):
        await wait_until(lambda: len(rounds) >= 3)


async def test_a_worker_survives_the_loss_of_its_connections_and_stops_cleanly_on_sigterm(
    settings: Settings, engine: AsyncEngine
) -> None:
    changes = {"LOG_LEVEL": "DEBUG", "PAYMENT_API_KEY": "demo-payment-key-0123456789"}
    async with running_process("ticketing.worker", env=environment(settings, **changes)) as process:
        await read_line_with(process, '"variables":["PAYMENT_API_KEY"],"event":"settings.public_keys"')
        await read_line_with(process, "worker.started")
        await wait_until(lambda: _terminate_listener(engine))
        await read_line_with(process, "listener.lost")
        added = await add(engine)
        assert str(added) in await read_line_with(process, "delivery.attempted")
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), stretched(20)) == 0


async def _terminate_listener(engine: AsyncEngine) -> bool:
    """Ends the worker's connection for notifications; returns whether there was one."""
    query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'ticket-listener'"
    # One transaction for each look: within a transaction pg_stat_activity does not change.
    async with engine.begin() as connection:
        return bool((await connection.execute(sa.text(query))).all())


@pytest.mark.parametrize("start", [main.main, worker.main], ids=["ticketing.main", "ticketing.worker"])
def test_a_process_refuses_to_start_without_its_secrets(
    settings: Settings,
    start: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in environment(settings, PAYMENT_API_KEY="short").items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit, match="2"):
        start()
    expected = (
        "The ticket service cannot start: PAYMENT_API_KEY is not usable: must be a key of at least 24 characters."
    )
    assert capsys.readouterr().err.strip() == expected
