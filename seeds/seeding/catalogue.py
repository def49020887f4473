"""Reads and checks the catalogue's data files."""

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

DATA = Path(__file__).parents[1] / "data"
Position = tuple[str, str, int]


class Weekday(IntEnum):
    """The weekdays, numbered as in `datetime.weekday`."""

    MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = range(7)


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("must be the IANA name of a time zone")
    return name


class Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Organizer(Entry):
    slug: str
    name: str


class Section(Entry):
    name: str
    rows: int = Field(ge=1)
    seats_per_row: int = Field(ge=1)

    def row_labels(self) -> list[str]:
        return [row_label(number) for number in range(self.rows)]

    def positions(self) -> Iterator[Position]:
        """Yields section, row and number of each seat."""
        for row in self.row_labels():
            for number in range(1, self.seats_per_row + 1):
                yield self.name, row, number


class Hall(Entry):
    slug: str
    venue: str
    time_zone: Annotated[str, AfterValidator(_known_zone)]
    sections: list[Section]


class Event(Entry):
    """An event of the catalogue; the comment at the top of `data/events.toml` describes its fields."""

    name: str
    description: str
    organizer: str
    hall: str
    currency: str = Field(pattern="^[A-Z]{3}$")
    in_days: int
    weekday: Annotated[Weekday, BeforeValidator(lambda name: Weekday[name.upper()])] | None = None
    at: time
    sale_opens_in_days: int = -14
    sale_closes_hours_before: int = 2
    prices: dict[str, Annotated[int, Field(ge=0)]]

    def starts_at(self, today: datetime, hall: Hall) -> datetime:
        """Returns the start of the event, counted from `today`."""
        date = today + timedelta(days=self.in_days)
        if self.weekday is not None:
            date += timedelta(days=(self.weekday - date.weekday()) % 7)
        return datetime.combine(date, self.at, tzinfo=ZoneInfo(hall.time_zone))

    def times(self, today: datetime, hall: Hall) -> dict[str, str]:
        """Returns the start of the event and the opening and closing of its sale, as RFC 3339 in UTC."""
        starts_at = self.starts_at(today, hall)
        moments = {
            "starts_at": starts_at,
            "sales_open_at": today.replace(minute=0, second=0, microsecond=0) + timedelta(days=self.sale_opens_in_days),
            "sales_close_at": starts_at - timedelta(hours=self.sale_closes_hours_before),
        }
        return {name: f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for name, moment in moments.items()}


class Catalogue(Entry):
    """Everything that the platform shall contain; a name that refers to nothing is refused."""

    organizers: list[Organizer]
    halls: list[Hall]
    events: list[Event]

    def hall_of(self, event: Event) -> Hall:
        return next(hall for hall in self.halls if hall.slug == event.hall)

    @model_validator(mode="after")
    def _refers_to_what_exists(self) -> Self:
        slugs = {organizer.slug for organizer in self.organizers}
        sections = {hall.slug: {section.name for section in hall.sections} for hall in self.halls}
        for event in self.events:
            if event.organizer not in slugs:
                raise ValueError(f"{event.name}: there is no organizer {event.organizer}")
            if set(event.prices) != sections.get(event.hall):
                raise ValueError(f"{event.name}: its prices must name exactly the sections of the hall {event.hall}")
        return self


def read_catalogue(folder: Path = DATA) -> Catalogue:
    """Reads the catalogue from `organizers.toml`, `halls.toml` and `events.toml`."""
    data: dict[str, object] = {}
    for name in ("organizers", "halls", "events"):
        data |= tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))
    return Catalogue.model_validate(data)


def row_label(number: int) -> str:
    """Returns the label of a row: A for 0, Z for 25, AA for 26."""
    label = ""
    number += 1
    while number:
        number, letter = divmod(number - 1, 26)
        label = chr(ord("A") + letter) + label
    return label
