"""Shared fixtures: the fake client service, and pages of the dashboard opened by one person."""

import json
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from devstack.deadlines import stretched
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.testing.v1 import AppTest, app_test

from frontend.api.last_known import LAST_KNOWN
from frontend.api.models import User
from frontend.api.tokens import Tokens
from frontend.api.transport import _made_once, shared_transport
from frontend.forms import action
from frontend.session.session import Session
from frontend.settings import get_settings
from tests.fake.demo_records import make_demo_records
from tests.fake.http import VIEWER_SECRET
from tests.fake.server import FakeClientService
from tests.fake.state import FakeRecords, Record

DASHBOARD = Path(__file__).parent.parent / "dashboard.py"
OpenPage = Callable[..., AppTest]


@pytest.fixture
def records() -> FakeRecords:
    """The records of the fake client service: the demo records."""
    return make_demo_records()


@pytest.fixture(autouse=True)
def cookie(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The browser's cookies, as Streamlit shows them to the script."""
    cookies: dict[str, str] = {}
    monkeypatch.setattr(type(st.context), "cookies", property(lambda _: cookies))
    return cookies


@pytest.fixture(autouse=True)
def viewer(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The address of the browser's connection, as Streamlit shows it to the script; empty on the machine itself."""
    address: list[str] = []
    monkeypatch.setattr(type(st.context), "ip_address", property(lambda _: address[0] if address else None))
    return address


@pytest.fixture(autouse=True, scope="session")
def installed_components() -> Iterator[None]:
    """Scans the installed packages for components once: Streamlit does it each time a test opens a page."""
    once = cache(manifest_scanner.scan_component_manifests)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", once)
        yield


@pytest.fixture(autouse=True, scope="session")
def compiled_scripts() -> Iterator[None]:
    """Compiles each page once: Streamlit does it again for every run of a page in a test."""
    once = ScriptCache()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app_test, "ScriptCache", lambda: once)
        yield


@pytest.fixture(autouse=True)
def no_double_clicks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test clicks faster than a person: each of its clicks is meant."""
    monkeypatch.setattr(action, "DOUBLE_CLICK_SECONDS", 0.0)


@pytest.fixture
def service(records: FakeRecords, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeClientService]:
    """Runs the fake client service, and points the dashboard's settings to it."""
    with FakeClientService(records) as running:
        monkeypatch.setenv("CLIENT_URL", records.base_url)
        monkeypatch.setenv("VIEWER_ADDRESS_SECRET", f"{VIEWER_SECRET} whsec_{'B' * 43}=")
        clear_caches()
        transport = shared_transport()
        yield running
        transport.close()
    clear_caches()
    assert records.violations == []


def clear_caches() -> None:
    """Clears everything that the process has cached."""
    get_settings.cache_clear()
    st.cache_resource.clear()
    # The next service may get the port of the last one, whose pool of connections is closed.
    _made_once.cache_clear()
    LAST_KNOWN.forget("")


def signed_in(records: FakeRecords, person: Record) -> Session:
    """Returns a session as it is after the person has signed in."""
    pair = records.tokens(person["id"])
    return Session(user=User.model_validate(person), tokens=Tokens(**pair), cookie_checked=True, cookie=pair["refresh"])


@pytest.fixture
def open_page(service: FakeClientService, records: FakeRecords) -> OpenPage:
    """Returns a function that opens a page of the dashboard, signed in or as a guest."""

    def opened(page: str = "events", *, person: Record | None = None, **query: str) -> AppTest:
        app = AppTest.from_file(str(DASHBOARD), default_timeout=stretched(20))
        app.context = {"timezone": "Asia/Jakarta", "locale": "en-GB"}
        if person is not None:
            app.session_state["session"] = signed_in(records, person)
        if page != "events":
            app.run()
            app.switch_page(f"app_pages/{page}.py")
        app.query_params.update(query)
        return app.run()

    return opened


@pytest.fixture
def demo(records: FakeRecords) -> Record:
    """A buyer with a history."""
    return records.users[0]


@pytest.fixture
def staff(records: FakeRecords) -> Record:
    """A member of staff."""
    return records.users[1]


def wait_until(is_so: Callable[[], bool], seconds: float = 10) -> None:
    """Waits until the condition holds, with a deadline."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.05)


def text_of(app: AppTest) -> str:
    """Returns all texts of a page in one string."""
    parts = [app.title, app.header, app.subheader, app.markdown, app.caption, app.info, app.error, app.warning]
    words = [element.value for part in [*parts, app.success] for element in part]
    words += [element.body for element in app.html]
    return "\n".join(str(word) for word in words).replace("\\", "")


def map_data(app: AppTest) -> dict[str, Any]:
    """Returns the data that the browser gets for the seat map and the bar below it."""
    for component in app.get("bidi_component"):
        if component.proto.component_name == "seat_map":
            data: dict[str, Any] = json.loads(component.proto.json)
            return data
    raise AssertionError("There is no seat map.")


def press(app: AppTest, label: str) -> AppTest:
    """Clicks the button with that label."""
    for button in app.button:
        if button.label == label:
            return button.click().run()
    raise AssertionError(f"No button {label!r} among {[button.label for button in app.button]}")
