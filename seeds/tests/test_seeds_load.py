"""`seeds/load.py` against a fake of the client service; the first test and the last run it as a person does."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import load
import pytest
from fake_client_service import STAFF, Platform, running
from seeding.catalogue import read_catalogue

from devstack.deadlines import stretched

VECTOR = json.loads((Path(__file__).parents[2] / "contracts" / "requests.json").read_text())["own_keys"][0]
DEMO = ("demo@example.com", "demo-password")


@pytest.fixture
def platform() -> Iterator[Platform]:
    platform = Platform()
    with running(platform):
        yield platform


def environment(platform: Platform, **changes: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "CLIENT_URL": platform.url,
        "ORGANIZER_URL": "http://organizer:8003/",
        "ORGANIZER_API_KEY": f"{VECTOR['root']} the-one-before-0123456789",
        "STAFF_EMAIL": STAFF[0],
        "STAFF_PASSWORD": STAFF[1],
        "DEMO_EMAIL": DEMO[0],
        "DEMO_PASSWORD": DEMO[1],
        **changes,
    }


def seed(platform: Platform, **changes: str) -> tuple[int, str]:
    """Runs the seeds in this process, which spares the imports; returns the exit status and the output."""
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(StringIO()) as said:
        patch.setattr(os, "environ", environment(platform, **changes))
        return load.main(), said.getvalue()


def seed_as_a_program(platform: Platform) -> tuple[int, str]:
    """Runs `python seeds/load.py`; returns the exit status and the output."""
    ended = subprocess.run(
        [sys.executable, load.__file__],
        env=environment(platform),
        capture_output=True,
        text=True,
        timeout=stretched(60),
        check=False,
    )
    assert ended.stderr == ""
    return ended.returncode, ended.stdout


def test_an_empty_platform_gets_the_whole_catalogue_and_the_demo_account(platform: Platform) -> None:
    status, said = seed_as_a_program(platform)
    catalogue = read_catalogue()
    assert (status, "Events: 10," in said) == (0, True), said
    assert platform.accounts[DEMO[0]] == DEMO[1]
    assert {each["slug"]: each["base_url"] for each in platform.organizers}["ketawa-dulu"] == (
        "http://organizer:8003/ketawa-dulu"
    )
    keys = {each["slug"]: each["api_key"] for each in platform.organizers}
    assert keys[VECTOR["organizer"]] == VECTOR["key"]
    assert len(set(keys.values())) == len(catalogue.organizers)
    assert [each["name"] for each in platform.events] == [event.name for event in catalogue.events]
    big = next(each for each in platform.events if each["name"].startswith("Gema Nusantara"))
    assert len(platform.seats[big["id"]]) == 2140
    assert big["venue"] == "Istora Senayan, Jakarta"


def test_a_second_run_changes_nothing_and_says_so(platform: Platform) -> None:
    seed(platform)
    platform.changes.clear()
    status, said = seed(platform)
    assert (status, said.strip()) == (0, "Nothing to seed: everything is there already.")
    assert platform.changes == []


def test_only_missing_things_are_created(platform: Platform) -> None:
    seed(platform)
    lost = platform.events.pop(0)
    hall = platform.seats[platform.events[0]["id"]]
    removed = hall[3:5]
    del hall[3:5]
    platform.changes.clear()
    status, said = seed(platform)
    assert status == 0
    assert "Events: 1, seats: 50, organizers: 0, accounts: 0." in said
    assert [each["name"] for each in platform.events if each["name"] == lost["name"]] == [lost["name"]]
    assert hall[-2:] == removed


def test_a_staff_change_of_a_date_or_price_is_kept(platform: Platform) -> None:
    seed(platform)
    event = platform.events[0]
    event["starts_at"] = "2030-01-01T00:00:00Z"
    platform.seats[event["id"]][0]["price"] = 1
    assert "Nothing to seed" in seed(platform)[1]
    assert event["starts_at"] == "2030-01-01T00:00:00Z"


def test_the_organizers_follow_a_new_address(platform: Platform) -> None:
    seed(platform)
    status, said = seed(platform, ORGANIZER_URL="http://127.0.0.1:9003")
    assert (status, "organizers: 6," in said) == (0, True)
    assert all(each["base_url"].startswith("http://127.0.0.1:9003/") for each in platform.organizers)


def test_an_organizer_without_a_key_gets_one_and_another_key_is_kept(platform: Platform) -> None:
    seed(platform)
    for each in platform.organizers:
        each["api_key"] = "another-key-that-staff-has-set"
    platform.organizers[0]["api_key_set_at"] = None
    status, said = seed(platform)
    assert (status, "organizers: 1," in said) == (0, True)
    assert platform.organizers[0]["api_key"] == VECTOR["key"]
    assert {each["api_key"] for each in platform.organizers[1:]} == {"another-key-that-staff-has-set"}


def test_the_seeds_wait_for_a_service_that_is_not_ready_or_throttles(platform: Platform) -> None:
    platform.refusals = [503, 503, 429]
    assert seed(platform)[0] == 0
    assert len(platform.events) == 10


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"CLIENT_URL": "http://127.0.0.1:9", "SEED_DEADLINE_SECONDS": "0.1"}, "does not answer"),
        ({"STAFF_PASSWORD": "wrong"}, "refuses the password of staff@example.com"),
        ({"DEMO_EMAIL": STAFF[0]}, "exists, but with another password"),
        ({"CLIENT_URL": "", "DEMO_PASSWORD": ""}, "missing or wrong: CLIENT_URL, DEMO_PASSWORD"),
    ],
)
def test_a_failure_is_one_plain_sentence(platform: Platform, changes: dict[str, str], message: str) -> None:
    status, said = seed(platform, **changes)
    assert status == 1
    assert message in said
    assert platform.events == []


def test_a_refusal_names_the_request_and_the_reason(platform: Platform) -> None:
    platform.refusals = [500]
    status, said = seed_as_a_program(platform)
    assert (status, "GET /readyz was answered with 500 Not now." in said) == (1, True)
