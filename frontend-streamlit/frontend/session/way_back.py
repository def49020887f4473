"""Where a person goes after signing in. It stands in the address of the sign-in page, so that a reload keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import streamlit as st

from frontend.api.models import User

PARAMETER = "next"
SIGN_IN = "sign-in"
SIGN_IN_PAGE = "app_pages/sign_in.py"
EVENTS_PAGE = "app_pages/events.py"
_PAGES = {
    file.stem.replace("_", "-"): f"app_pages/{file.name}"
    for file in (Path(__file__).parents[2] / "app_pages").glob("[!_]*.py")
}
_STAFF = "app_pages/staff_"
_OF_STREAMLIT = frozenset({"embed", "embed_options"})
"""Parameters that a page cannot set."""
_LAST = "last-address"


@dataclass(frozen=True)
class WayBack:
    """A page of the dashboard with the parameters of its address."""

    page: str = EVENTS_PAGE
    params: dict[str, str] = field(default_factory=dict)

    def is_open_to(self, user: User) -> bool:
        """Returns whether the dashboard has this page for the person."""
        return user.is_staff or not self.page.startswith(_STAFF)


def address_of(page: str, params: Mapping[str, str] | None = None) -> str:
    """Returns the address of a page, which is named by its file, below the dashboard's own."""
    path = Path(page).stem.replace("_", "-")
    return f"{path}?{urlencode(params)}" if params else path


def way_back_of(user: User) -> WayBack:
    """Returns where the person goes from the sign-in page: to what its address names, or else to the events."""
    named = page_at(st.query_params.get(PARAMETER, ""))
    return named if named is not None and named.is_open_to(user) else WayBack()


def page_at(address: str) -> WayBack | None:
    """Returns the page with that address; None if it is no page of the dashboard, since anybody can write a link."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.scheme or parts.path == SIGN_IN or parts.path not in _PAGES:
        return None
    params = {name: value for name, value in parse_qsl(parts.query) if name not in _OF_STREAMLIT}
    return WayBack(_PAGES[parts.path], params)


def lead_back_to_sign_in(path: str) -> None:
    """Goes to the sign-in page if the address is that page's and another page is about to run.

    That happens when somebody clicks on a page whose sign-in has just ended, before the tab hears of it: the request
    names the page that the tab shows, and Streamlit joins it to the change of page that is under way.
    """
    if path != SIGN_IN and PARAMETER in st.query_params:
        st.switch_page(SIGN_IN_PAGE, query_params={PARAMETER: st.query_params[PARAMETER]})


def remember_address(path: str) -> None:
    """Remembers the page that a guest looks at. On the sign-in page, it becomes the way back unless there is one."""
    if path != SIGN_IN:
        st.session_state[_LAST] = address_of(path or "events", st.query_params.to_dict())
    elif PARAMETER not in st.query_params and _LAST in st.session_state:
        st.query_params[PARAMETER] = st.session_state[_LAST]
