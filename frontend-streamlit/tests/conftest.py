"""What the dashboard's tests share: the fake client service, and the dashboard as one person sees it."""

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
from streamlit.testing.v1 import AppTest

from frontend.api.last_known import LAST_KNOWN
from frontend.api.models import User
from frontend.api.tokens import Tokens
from frontend.api.transport import _made_once, shared_transport
from frontend.session.session import Session
from frontend.settings import get_settings
from tests.fake.server import FakeClientService
from tests.fake.state import Record, World
from tests.fake.world import make_world

DASHBOARD = Path(__file__).parent.parent / "dashboard.py"
Open = Callable[..., AppTest]


@pytest.fixture
def world() -> World:
    """The world behind the fake client service."""
    return make_world()


@pytest.fixture(autouse=True)
def cookie(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The browser's cookies, as Streamlit shows them to the script."""
    cookies: dict[str, str] = {}
    monkeypatch.setattr(type(st.context), "cookies", property(lambda _: cookies))
    return cookies


@pytest.fixture(autouse=True, scope="session")
def installed_components() -> Iterator[None]:
    """Streamlit looks through every installed package for components each time a test opens a page; once is enough."""
    once = cache(manifest_scanner.scan_component_manifests)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", once)
        yield


@pytest.fixture
def service(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeClientService]:
    """The fake client service, running, and the dashboard's settings pointing to it."""
    with FakeClientService(world) as running:
        monkeypatch.setenv("CLIENT_URL", world.base_url)
        forget_everything()
        transport = shared_transport()
        yield running
        transport.close()
    forget_everything()
    assert world.violations == []


def forget_everything() -> None:
    """Drop whatever the process has cached."""
    get_settings.cache_clear()
    st.cache_resource.clear()
    # The next service may get the port of the last one, and would be asked over a pool that is closed.
    _made_once.cache_clear()
    LAST_KNOWN.forget("")


def signed_in(world: World, person: Record) -> Session:
    """A session of that person, as after signing in."""
    pair = world.tokens(person["id"])
    return Session(user=User.model_validate(person), tokens=Tokens(**pair), cookie_checked=True, cookie=pair["refresh"])


@pytest.fixture
def open_page(service: FakeClientService, world: World) -> Open:
    """Open a page of the dashboard as somebody, or as nobody."""

    def opened(page: str = "events", *, person: Record | None = None, **query: str) -> AppTest:
        app = AppTest.from_file(str(DASHBOARD), default_timeout=stretched(20))
        app.context = {"timezone": "Asia/Jakarta", "locale": "en-GB"}
        if person is not None:
            app.session_state["session"] = signed_in(world, person)
        if page != "events":
            app.run()
            app.switch_page(f"app_pages/{page}.py")
        app.query_params.update(query)
        return app.run()

    return opened


@pytest.fixture
def demo(world: World) -> Record:
    """A buyer with a history."""
    return world.users[0]


@pytest.fixture
def staff(world: World) -> Record:
    """A member of staff."""
    return world.users[1]


def until(is_so: Callable[[], bool], seconds: float = 10) -> None:
    """Return as soon as it is so."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.05)


def text_of(app: AppTest) -> str:
    """Everything that a page says, in one string."""
    parts = [app.title, app.header, app.subheader, app.markdown, app.caption, app.info, app.error, app.warning]
    words = [element.value for part in [*parts, app.success] for element in part]
    words += [element.body for element in app.html]
    return "\n".join(str(word) for word in words).replace("\\", "")


def map_data(app: AppTest) -> dict[str, Any]:
    """What the browser is told of the seat map and of the bar below it."""
    for component in app.get("bidi_component"):
        if component.proto.component_name == "seat_map":
            told: dict[str, Any] = json.loads(component.proto.json)
            return told
    raise AssertionError("There is no seat map.")


def press(app: AppTest, label: str) -> AppTest:
    """Press the button of that label."""
    for button in app.button:
        if button.label == label:
            return button.click().run()
    raise AssertionError(f"No button {label!r} among {[button.label for button in app.button]}")
