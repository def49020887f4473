"""The data files, and the dates that are relative to the day of loading."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError
from seeding.catalogue import Catalogue, Event, Hall, read_catalogue, row_label
from servicekit.text import look_alike_key, one_line

TODAY = datetime(2026, 11, 23, 9, 41, 7, tzinfo=UTC)  # a Monday


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return read_catalogue()


def event(catalogue: Catalogue, name: str) -> Event:
    return next(found for found in catalogue.events if found.name.startswith(name))


def hall(catalogue: Catalogue, slug: str) -> Hall:
    return next(found for found in catalogue.halls if found.slug == slug)


def test_the_catalogue_is_varied(catalogue: Catalogue) -> None:
    seats = {hall.slug: sum(1 for section in hall.sections for _ in section.positions()) for hall in catalogue.halls}
    assert len(catalogue.events) >= 8
    assert len(catalogue.organizers) >= 5
    assert max(seats.values()) >= 2000
    assert len({event.currency for event in catalogue.events}) >= 3
    assert any(len(set(event.prices.values())) >= 3 for event in catalogue.events)
    assert len({(event.organizer, event.name) for event in catalogue.events}) == len(catalogue.events)


@pytest.mark.parametrize("day", range(14))
def test_on_any_day_of_loading_one_sale_is_over_one_has_not_begun_and_the_others_are_open(
    catalogue: Catalogue, day: int
) -> None:
    today = TODAY.replace(day=1 + day)
    now = f"{today:%Y-%m-%dT%H:%M:%SZ}"
    states = {}
    for each in catalogue.events:
        times = each.times(today, catalogue.hall_of(each))
        assert now < times["starts_at"]
        assert times["sales_open_at"] < times["sales_close_at"] <= times["starts_at"]
        states[each.name] = (times["sales_open_at"] <= now, now < times["sales_close_at"])
    assert list(states.values()).count((True, False)) == 1
    assert list(states.values()).count((False, True)) == 1
    assert list(states.values()).count((True, True)) == len(states) - 2


def test_a_start_is_moved_to_its_weekday_and_converted_to_utc(catalogue: Catalogue) -> None:
    kecak = event(catalogue, "Kecak")  # at least 14 days later, a Sunday, 18:00 in Denpasar
    times = kecak.times(TODAY, hall(catalogue, "amfiteater"))
    assert times == {
        "starts_at": "2026-12-13T10:00:00Z",
        "sales_open_at": "2026-11-09T09:00:00Z",
        "sales_close_at": "2026-12-13T08:00:00Z",
    }


def test_rows_are_labelled_with_letters() -> None:
    assert [row_label(number) for number in (0, 25, 26, 51, 52, 701, 702)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"organizer": "nobody"}, "no organizer nobody"),
        ({"hall": "nowhere"}, "sections of the hall nowhere"),
        ({"prices": {"Stalls": 1}}, "exactly the sections"),
    ],
)
def test_names_that_refer_to_nothing_are_refused(catalogue: Catalogue, change: dict[str, object], message: str) -> None:
    data = catalogue.model_dump()
    gamelan = next(found for found in data["events"] if found["name"] == "Malam Gamelan Muda")
    gamelan.update(change, weekday="friday")
    data["events"] = [gamelan]
    with pytest.raises(ValidationError, match=message):
        Catalogue.model_validate(data)


def test_every_text_is_stored_as_it_is_written(catalogue: Catalogue) -> None:
    """Otherwise a second load would not find what the first has made."""
    for text in texts(catalogue):
        assert one_line(text) == text


def test_no_two_seats_of_a_hall_look_alike(catalogue: Catalogue) -> None:
    for hall in catalogue.halls:
        places = [
            (look_alike_key(section.name), look_alike_key(row))
            for section in hall.sections
            for row in section.row_labels()
        ]
        assert len(set(places)) == len(places)


def texts(catalogue: Catalogue) -> list[str]:
    names = [organizer.name for organizer in catalogue.organizers]
    halls = [text for hall in catalogue.halls for text in (hall.venue, *(section.name for section in hall.sections))]
    return [*names, *halls, *(event.name for event in catalogue.events)]
