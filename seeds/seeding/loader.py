"""Creates what is missing in the catalogue and leaves the rest unchanged.

An organizer is identified by its slug; an event by its organizer and name (its dates stay those of the first load); a
seat by its event, section, row and number.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from seeding.catalogue import Catalogue, Event, Position, Section
from seeding.client_api import ClientApi
from seeding.organizer_keys import own_key
from seeding.settings import Settings

DEMO_NAME = "Dewi Demo"
Progress = Callable[[str], None]


@dataclass
class Changes:
    """The numbers of created and changed things."""

    accounts: int = 0
    organizers: int = 0
    events: int = 0
    seats: int = 0

    def any(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))


def steps(catalogue: Catalogue) -> int:
    """Returns how often `load` reports progress."""
    return 2 + len(catalogue.organizers) + len(catalogue.events)


def load(api: ClientApi, settings: Settings, catalogue: Catalogue, progress: Progress) -> Changes:
    """Adds the missing parts of the catalogue and the demo account; returns the changes."""
    changes = Changes()
    progress("Waiting for the client service")
    api.wait_until_ready()
    progress(f"Account {settings.demo_email}")
    _ensure_demo_account(api, settings, changes)
    api.act_as(settings.staff_email, settings.staff_password.get_secret_value())
    _ensure_organizers(api, settings, catalogue, changes, progress)
    existing = {(event["organizer"]["slug"], event["name"]): str(event["id"]) for event in api.list_all("/events")}
    for event in catalogue.events:
        progress(event.name)
        event_id = existing.get((event.organizer, event.name)) or _create_event(api, catalogue, event, changes)
        _ensure_seats(api, event_id, catalogue.hall_of(event).sections, event, changes)
    return changes


def _ensure_demo_account(api: ClientApi, settings: Settings, changes: Changes) -> None:
    password = settings.demo_password.get_secret_value()
    if not api.sign_in(settings.demo_email, password):
        api.register(settings.demo_email, password, DEMO_NAME)
        changes.accounts += 1


def _ensure_organizers(
    api: ClientApi, settings: Settings, catalogue: Catalogue, changes: Changes, progress: Progress
) -> None:
    existing = {organizer["slug"]: organizer for organizer in api.list_all("/organizers")}
    root = settings.organizer_api_key.get_secret_value().split()[0]
    for organizer in catalogue.organizers:
        progress(organizer.name)
        key = {"api_key": own_key(root, organizer.slug)}
        wanted = {"name": organizer.name, "base_url": f"{settings.organizer_url}/{organizer.slug}"}
        found = existing.get(organizer.slug)
        if found is None:
            api.create("/organizers", {"slug": organizer.slug, **wanted, **key})
        elif any(found[name] != value for name, value in wanted.items()):
            api.change(f"/organizers/{organizer.slug}", wanted, version=found["version"])
        elif found["api_key_set_at"] is None:
            api.change(f"/organizers/{organizer.slug}", key, version=found["version"])
        else:
            continue
        changes.organizers += 1


def _create_event(api: ClientApi, catalogue: Catalogue, event: Event, changes: Changes) -> str:
    hall = catalogue.hall_of(event)
    body = event.model_dump(include={"name", "description", "organizer", "currency"})
    body |= {"venue": hall.venue, "time_zone": hall.time_zone, **event.times(datetime.now(UTC), hall)}
    created = api.create("/events", body)
    changes.events += 1
    return str(created["id"])


def _ensure_seats(api: ClientApi, event_id: str, sections: list[Section], event: Event, changes: Changes) -> None:
    path = f"/events/{event_id}/seats"
    present: set[Position] = {(seat["section"], seat["row"], int(seat["number"])) for seat in api.list_all(path)}
    for section in sections:
        missing = [position for position in section.positions() if position not in present]
        if not missing:
            continue
        price = event.prices[section.name]
        api.create(path, _layout(section, price) if len(missing) == _size(section) else _list(missing, price))
        changes.seats += len(missing)


def _size(section: Section) -> int:
    return section.rows * section.seats_per_row


def _layout(section: Section, price: int) -> dict[str, object]:
    return {
        "section": section.name,
        "rows": section.row_labels(),
        "seats_per_row": section.seats_per_row,
        "price": price,
    }


def _list(missing: list[Position], price: int) -> dict[str, object]:
    return {
        "seats": [
            {"section": section, "row": row, "number": number, "price": price} for section, row, number in missing
        ]
    }
