"""The shapes of requests and answers (contracts/README.md, "Hold" and "Simulation")."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, field_validator

from organizer_simulator.domain.chance import Outcome, Simulation
from organizer_simulator.domain.hold import Hold, HoldStatus, RequestedHold

MOST_SEATS = 100
MOST_OUTCOMES = 1000

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$", description="The slug of an organizer.")]
Reference = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,100}$")]
FailureRate = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Milliseconds = Annotated[int, Field(ge=0, le=60_000)]
Outcomes = Annotated[list[Outcome], Field(max_length=MOST_OUTCOMES)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]


class Input(BaseModel):
    """A request body; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class HoldRequest(Input):
    """A request to hold seats of one event."""

    hold_id: UUID = Field(
        description="The id of the hold, which the caller chooses; a repeat returns the existing hold."
    )
    event_ref: Reference = Field(description="The caller's reference of the event.")
    seats: list[Reference] = Field(
        min_length=1, max_length=MOST_SEATS, description="The caller's references of the seats, each once."
    )

    @field_validator("seats")
    @classmethod
    def _each_seat_once(cls, seats: list[str]) -> list[str]:
        if len(set(seats)) < len(seats):
            raise ValueError("a seat is named twice")
        return seats

    def at_organizer(self, organizer: str) -> RequestedHold:
        return RequestedHold(organizer, str(self.hold_id), self.event_ref, tuple(self.seats))


class HoldAnswer(BaseModel):
    """A hold, or the tombstone of one."""

    hold_id: UUID
    event_ref: str | None = Field(description="Null for the tombstone of an id that was never held.")
    seats: list[str] = Field(description="Empty for the tombstone of an id that was never held.")
    status: HoldStatus = Field(
        description="HELD: the hold keeps its seats. RELEASED: a tombstone, whose id can never be held again."
    )
    held_at: datetime | None = Field(description="Null for the tombstone of an id that was never held.")
    released_at: datetime | None = Field(description="Null while the hold is HELD.")

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
    """A part of the list of holds."""

    items: list[HoldAnswer]
    next_cursor: str | None = Field(description="The `cursor` of the next page; null on the last page.")


class SimulationAnswer(BaseModel):
    """How the organizers behave at present."""

    failure_rate: float = Field(description="The probability, from 0 to 1, that a request for a hold is declined.")
    latency_ms: int = Field(description="The delay of every hold and release, in milliseconds.")
    next_outcomes: list[Outcome] = Field(description="The outcomes of the next requests, before chance decides again.")
    seed: int | None = Field(description="The seed of the random numbers; null for true chance.")

    @classmethod
    def of(cls, simulation: Simulation) -> Self:
        return cls(
            failure_rate=simulation.failure_rate,
            latency_ms=simulation.latency_ms,
            next_outcomes=list(simulation.next_outcomes),
            seed=simulation.seed,
        )


class SimulationChange(Input):
    """The fields to change; a field that is left out stays as it is."""

    failure_rate: FailureRate | None = Field(
        default=None, description="The probability, from 0 to 1, that a request for a hold is declined."
    )
    latency_ms: Milliseconds | None = Field(
        default=None, description="The delay of every hold and release, in milliseconds."
    )
    next_outcomes: Outcomes | None = Field(
        default=None, description="The outcomes of the next requests, before chance decides again."
    )
    seed: Seed | None = Field(
        default=None, description="Starts a sequence of random numbers that can be repeated; null for true chance."
    )

    @field_validator("failure_rate", "latency_ms", "next_outcomes")
    @classmethod
    def _not_null(cls, value: object) -> object:
        if value is None:
            raise ValueError("must not be null; leave the field out to keep its value")
        return value

    def applied_to(self, simulation: Simulation) -> Simulation:
        """Returns the simulation after this change; a seed starts its sequence from the beginning."""
        changed = self.model_fields_set
        return Simulation(
            failure_rate=simulation.failure_rate if self.failure_rate is None else self.failure_rate,
            latency_ms=simulation.latency_ms if self.latency_ms is None else self.latency_ms,
            next_outcomes=simulation.next_outcomes if self.next_outcomes is None else tuple(self.next_outcomes),
            seed=self.seed if "seed" in changed else simulation.seed,
            draws=0 if "seed" in changed else simulation.draws,
        )
