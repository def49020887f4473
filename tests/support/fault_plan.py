"""Which faults a chaos test makes, in which order and for how long: the same for the same seed."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from random import Random

from tests.support.database_disk import NoDiskError
from tests.support.fault_proxy import Fault
from tests.support.faulty_stack import FaultyStack, Network
from tests.support.full_disk import full_disk

KILL, PAUSE, DATABASE_RESTART, STORE_OUTAGE, MAIL_TARPIT, FULL_DISK, FULL_LOG = (
    "kill -9",
    "SIGSTOP",
    "database restart",
    "object store outage",
    "mail tarpit",
    "full disk",
    "full disk for the write-ahead log",
)
KINDS = (
    *(fault.value for fault in Fault),
    *(KILL, PAUSE, DATABASE_RESTART, STORE_OUTAGE, MAIL_TARPIT, FULL_DISK, FULL_LOG),
)
PROCESSES = ("client", "client-worker", "ticket", "ticket-worker", "payment", "payment-worker", "organizer")
LINKS = tuple(sorted(set(Network.__annotations__) - {"ticket_stranger"}))
SHORTEST_SECONDS, LONGEST_SECONDS = 0.3, 3.0


@dataclass(frozen=True, slots=True)
class PlannedFault:
    """One fault; `target` is a link or a process."""

    kind: str
    target: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.kind} of {self.target} for {self.seconds} s"

    def why_not(self, stack: FaultyStack) -> str | None:
        """Returns why the fault cannot be made on this machine; None if it can."""
        needs_disk = self.kind in (FULL_DISK, FULL_LOG)
        return str(stack.disk) if needs_disk and isinstance(stack.disk, NoDiskError) else None

    def make(self, stack: FaultyStack) -> None:
        """Makes it, and ends it after its time."""
        with self._under_way(stack):
            time.sleep(self.seconds)  # how long a fault lasts is part of the plan, and no condition ends it

    def _under_way(self, stack: FaultyStack) -> AbstractContextManager[None]:
        if self.kind == KILL:
            stack.processes.kill(self.target)
            return nullcontext()
        if self.kind == PAUSE:
            return stack.processes.paused(self.target)
        if self.kind in (DATABASE_RESTART, STORE_OUTAGE):
            return stack.processes.stopped(self.target)
        if self.kind in (FULL_DISK, FULL_LOG):
            return full_disk(stack, for_log=self.kind == FULL_LOG)
        fault = Fault.TRICKLE if self.kind == MAIL_TARPIT else Fault(self.kind)
        return stack.network.links()[self.target].faulty(fault)


def plan(seed: int, count: int) -> list[PlannedFault]:
    """So many faults; every kind comes once before any comes again."""
    chance = Random(seed)
    kinds: list[str] = []
    while len(kinds) < count:
        kinds += chance.sample(KINDS, len(KINDS))
    return [_fault(kind, chance) for kind in kinds[:count]]


def _fault(kind: str, chance: Random) -> PlannedFault:
    seconds = round(chance.uniform(SHORTEST_SECONDS, LONGEST_SECONDS), 1)
    fixed = {
        **dict.fromkeys((DATABASE_RESTART, FULL_DISK, FULL_LOG), "postgres"),
        STORE_OUTAGE: "s3",
        MAIL_TARPIT: "client_mail",
    }
    target = fixed.get(kind) or chance.choice(PROCESSES if kind in (KILL, PAUSE) else LINKS)
    return PlannedFault(kind, target, seconds)
