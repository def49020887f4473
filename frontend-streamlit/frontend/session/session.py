"""Who is looking: signing in and out, and the person's own view of the client service."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

import streamlit as st

from frontend.api.client import ApiClient
from frontend.api.errors import SessionExpired
from frontend.api.last_known import LAST_KNOWN
from frontend.api.models import Event, EventRef, User
from frontend.api.tokens import REGISTRY, Tokens
from frontend.api.transport import shared_transport
from frontend.session import cookie as session_cookie
from frontend.widgets.components import session_cookie_component
from frontend.wording.errors import EXPIRED
from frontend.wording.formatting import Clock

SIGN_IN_PAGE = "app_pages/sign_in.py"
COOKIE_CHECK_SECONDS = 60
CHOICE_KEY = "choice:"
_STATE = "session"


@dataclass
class Session:
    """One browser tab's sign-in; `kept_for` is whose choice of seats is kept while nobody is signed in."""

    user: User | None = None
    tokens: Tokens | None = None
    cookie_checked: bool = False
    cookie: str | None = field(default=None, repr=False)
    pending_code: str | None = field(default=None, repr=False)
    notice: str | None = None
    kept_for: str | None = None
    reason: str | None = None
    return_to: str | None = None
    return_params: dict[str, str] = field(default_factory=dict)


def session() -> Session:
    """This tab's session, made on first use."""
    if _STATE not in st.session_state:
        st.session_state[_STATE] = Session()
    found: Session = st.session_state[_STATE]
    return found


def current_user() -> User | None:
    """The signed-in person, if any."""
    return session().user


def client() -> ApiClient:
    """The client service as the signed-in person sees it, or as the public does."""
    return ApiClient(shared_transport(), session().tokens)


def public_client() -> ApiClient:
    """The client service as anybody sees it; what it answers may be shared between viewers."""
    return ApiClient(shared_transport())


def clock() -> Clock:
    """Times that belong to no venue, in the viewer's zone and wording, as the browser reports them."""
    return Clock(st.context.timezone, st.context.locale)


def venue_clock(event: Event | EventRef) -> Clock:
    """Times in the zone of the event's venue, in the viewer's wording."""
    return Clock(event.time_zone, st.context.locale)


def restore() -> None:
    """Sign in again from the cookie after a browser refresh; `ServiceUnreachable` when that cannot be known now."""
    here = session()
    if here.cookie_checked:
        return
    refresh = st.context.cookies.get(session_cookie.COOKIE_NAME)
    if refresh:
        tokens = REGISTRY.share(refresh, lambda: Tokens(access="", refresh=refresh))
        here.cookie = refresh
        try:
            here.user = ApiClient(shared_transport(), tokens).me()
            here.tokens = tokens
        except SessionExpired:
            REGISTRY.forget(tokens)
            here.notice = EXPIRED
    here.cookie_checked = True


@dataclass(frozen=True)
class SignIn:
    """A person whom the client service knows by their credentials."""

    user: User
    tokens: Tokens


def credentials_checked(client: ApiClient, email: str, password: str) -> SignIn:
    """Exchange credentials for tokens; raises `Refused` when they are wrong. Touches nothing of this tab."""
    pair = client.sign_in(email=email, password=password)
    tokens = Tokens(access=pair.access, refresh=pair.refresh or "")
    return SignIn(ApiClient(shared_transport(), tokens).me(), tokens)


def enter(known: SignIn) -> None:
    """From now on this tab is that person's."""
    REGISTRY.remember(known.tokens.refresh, known.tokens)
    here = session()
    if here.kept_for not in (None, known.user.id):
        _forget_all_but(lambda key: not key.startswith(CHOICE_KEY))
    here.user, here.tokens, here.notice, here.kept_for = known.user, known.tokens, None, None


def sign_out(notice: str | None = None) -> None:
    """Forget the person in this tab and in the browser's cookie; other data of the tab goes too."""
    _leave(notice)
    _forget_all_but(lambda key: key == _STATE)


def expire(page: str | None) -> NoReturn:
    """The sign-in is over: ask for a new one, and come back to `page` with the chosen seats still chosen."""
    user = session().user
    params = st.query_params.to_dict()
    _leave(EXPIRED)
    _forget_all_but(lambda key: key == _STATE or key.startswith(CHOICE_KEY))
    here = session()
    here.kept_for = user.id if user else None
    here.return_to, here.return_params = page, params
    st.switch_page(SIGN_IN_PAGE)


def _leave(notice: str | None) -> None:
    here = session()
    if here.tokens is not None:
        REGISTRY.forget(here.tokens)
        LAST_KNOWN.forget(here.tokens.owner)
    st.session_state[_STATE] = Session(cookie_checked=True, cookie=here.cookie, notice=notice)


def _forget_all_but(stays: Callable[[str], bool]) -> None:
    for key in [str(key) for key in st.session_state]:
        if not stays(key):
            del st.session_state[key]


@st.fragment(run_every=COOKIE_CHECK_SECONDS)
def keep_cookie() -> None:
    """Bring the browser's cookie up to date with the session, also when the tokens were renewed meanwhile."""
    here = session()
    if not here.cookie_checked:
        # Whether the cookie is still good cannot be known now; deleting it would sign the person out.
        return
    wanted = here.tokens.refresh if here.tokens else ""
    if wanted != (here.cookie or ""):
        here.cookie = wanted
        if here.tokens:
            # The next visit brings this one; it is the same person, with everything that was last known to them.
            REGISTRY.remember(wanted, here.tokens)
        here.pending_code = session_cookie.CODES.issue(wanted)
    if here.pending_code is None:
        return
    data = {"code": here.pending_code, "path": session_cookie.ENDPOINT}
    session_cookie_component(key="session-cookie", data=data, height=1, on_done_change=_cookie_kept)


def _cookie_kept() -> None:
    session().pending_code = None


def require_user(reason: str, page: str, params: Mapping[str, str] | None = None) -> User:
    """The signed-in person; anybody else is sent to sign in and comes back to `page` afterwards."""
    here = session()
    if here.user is None:
        ask_to_sign_in(reason, page, params)
    return here.user


def require_staff(page: str) -> User:
    """The signed-in member of staff; the service refuses everybody else anyway, this only says so kindly."""
    user = require_user("This page is for staff. Please sign in.", page)
    if not user.is_staff:
        st.info("This page is for staff only.", icon=":material/lock:")
        st.stop()
    return user


def ask_to_sign_in(reason: str, page: str, params: Mapping[str, str] | None = None) -> NoReturn:
    """Go to the sign-in page, saying why, and remember where to come back to."""
    here = session()
    here.reason, here.return_to, here.return_params = reason, page, dict(params or {})
    st.switch_page(SIGN_IN_PAGE)
