"""Shapes of requests and answers (contracts/README.md, "Hold" and "Simulation")."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, field_validator

from organizer_simulator.domain.chance import Outcome, Simulation
from organizer_simulator.domain.hold import Hold, HoldOrder, HoldStatus

MOST_SEATS = 100
MOST_OUTCOMES = 1000

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$", description="Slug of an organizer")]
Reference = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,100}$")]
FailureRate = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Milliseconds = Annotated[int, Field(ge=0, le=60_000)]
Outcomes = Annotated[list[Outcome], Field(max_length=MOST_OUTCOMES)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]


class Input(BaseModel):
    model_config = ConfigDict(extra="forbid")


class HoldRequest(Input):
    hold_id: UUID = Field(description="Chosen by the caller; a repeat is answered with the hold that exists")
    event_ref: Reference
    seats: list[Reference] = Field(min_length=1, max_length=MOST_SEATS)

    @field_validator("seats")
    @classmethod
    def _each_seat_once(cls, seats: list[str]) -> list[str]:
        if len(set(seats)) < len(seats):
            raise ValueError("a seat is named twice")
        return seats

    def order_at(self, organizer: str) -> HoldOrder:
        return HoldOrder(organizer, str(self.hold_id), self.event_ref, tuple(self.seats))


class HoldAnswer(BaseModel):
    """A tombstone of an id that was never held has neither event nor seats nor `held_at`."""

    hold_id: UUID
    event_ref: str | None
    seats: list[str]
    status: HoldStatus
    held_at: datetime | None
    released_at: datetime | None

    @classmethod
    def of(cls, hold: Hold) -> Self:
        return cls(
            hold_id=UUID(hold.hold_id),
            event_ref=hold.event_ref,
            seats=list(hold.seats),
            status=hold.status,
            held_at=hold.held_at,
            released_at=hold.released_at,
        )


class HoldPage(BaseModel):
    items: list[HoldAnswer]
    next_cursor: str | None


class SimulationAnswer(BaseModel):
    failure_rate: float
    latency_ms: int
    next_outcomes: list[Outcome]
    seed: int | None

    @classmethod
    def of(cls, simulation: Simulation) -> Self:
        return cls(
            failure_rate=simulation.failure_rate,
            latency_ms=simulation.latency_ms,
            next_outcomes=list(simulation.next_outcomes),
            seed=simulation.seed,
        )


class SimulationChange(Input):
    """Any subset of the fields; what is left out stays. `seed: null` means: truly by chance."""

    failure_rate: FailureRate | None = None
    latency_ms: Milliseconds | None = None
    next_outcomes: Outcomes | None = None
    seed: Seed | None = None

    @field_validator("failure_rate", "latency_ms", "next_outcomes")
    @classmethod
    def _not_null(cls, value: object) -> object:
        if value is None:
            raise ValueError("null is no value; leave the field out to keep what is set")
        return value

    def applied_to(self, simulation: Simulation) -> Simulation:
        """The simulation after this change. A seed given anew starts its sequence from the beginning."""
        changed = self.model_fields_set
        return Simulation(
            failure_rate=simulation.failure_rate if self.failure_rate is None else self.failure_rate,
            latency_ms=simulation.latency_ms if self.latency_ms is None else self.latency_ms,
            next_outcomes=simulation.next_outcomes if self.next_outcomes is None else tuple(self.next_outcomes),
            seed=self.seed if "seed" in changed else simulation.seed,
            draws=0 if "seed" in changed else simulation.draws,
        )
