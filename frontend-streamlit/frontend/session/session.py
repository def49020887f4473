"""The signed-in person of a tab, and the calls in the person's name."""

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
from frontend.session import way_back
from frontend.widgets.components import session_cookie_component
from frontend.wording.errors import EXPIRED
from frontend.wording.formatting import Clock

COOKIE_CHECK_SECONDS = 60
MOST_EARLIER = 10
"""How many earlier cookies a tab knows as its own."""
CHOICE_KEY = "choice:"
_STATE = "session"


@dataclass
class Session:
    """The sign-in of one browser tab.

    `cookie` is the one that the browser has or is getting, `earlier` those before: a change may be lost on its way.
    With `decides`, somebody has just signed in or out here, and the browser gets this tab's cookie whichever it has.
    `kept_for` names whose choice of seats is kept while nobody is signed in.
    """

    user: User | None = None
    tokens: Tokens | None = None
    cookie_checked: bool = False
    cookie: str | None = field(default=None, repr=False)
    earlier: tuple[str, ...] = field(default=(), repr=False)
    pending_code: str | None = field(default=None, repr=False)
    notice: str | None = None
    kept_for: str | None = None
    decides: bool = False
    has_signed_out: bool = False
    reason: str | None = None


def session() -> Session:
    """Returns this tab's session, made on first use."""
    if _STATE not in st.session_state:
        st.session_state[_STATE] = Session()
    found: Session = st.session_state[_STATE]
    return found


def current_user() -> User | None:
    """Returns the signed-in person, if there is one."""
    return session().user


def client() -> ApiClient:
    """Returns the client service for the signed-in person, or for the public."""
    return ApiClient(shared_transport(), session().tokens, viewer_address())


def public_client() -> ApiClient:
    """Returns the client service for the public; viewers may share its answers."""
    return ApiClient(shared_transport(), viewer=viewer_address())


def viewer_address() -> str | None:
    """Returns the address of the viewer's connection, as the reverse proxy names it; None on the machine itself.

    Streamlit's server believes the proxies of `FORWARDED_ALLOW_IPS` (docs/operations.md).
    """
    address: str | None = st.context.ip_address
    return address


def clock() -> Clock:
    """Returns the clock for times without a venue: the viewer's zone and language, as the browser reports them."""
    return Clock(st.context.timezone, st.context.locale)


def venue_clock(event: Event | EventRef) -> Clock:
    """Returns the clock of the event's venue, in the viewer's language."""
    return Clock(event.time_zone, st.context.locale)


def restore() -> None:
    """Signs in again from the cookie after a browser refresh. Raises `ServiceUnreachable` if the service does not
    answer.
    """
    here = session()
    if here.cookie_checked:
        return
    refresh = st.context.cookies.get(session_cookie.COOKIE_NAME)
    if refresh:
        tokens = REGISTRY.share(refresh, lambda: Tokens(access="", refresh=refresh))
        here.cookie = refresh
        try:
            here.user = public_client().with_tokens(tokens).me()
            here.tokens = tokens
        except SessionExpired:
            REGISTRY.forget(tokens)
            here.notice = EXPIRED
    here.cookie_checked = True


@dataclass(frozen=True)
class SignIn:
    """A person who has proved their credentials to the client service."""

    user: User
    tokens: Tokens


def exchange_credentials(client: ApiClient, email: str, password: str) -> SignIn:
    """Exchanges credentials for tokens. Raises `Refused` if they are wrong. Changes nothing in this tab."""
    pair = client.sign_in(email=email, password=password)
    tokens = Tokens(access=pair.access, refresh=pair.refresh or "")
    return SignIn(client.with_tokens(tokens).me(), tokens)


def sign_in_tab(person: SignIn) -> None:
    """Makes the person the one of this tab."""
    REGISTRY.remember(person.tokens.refresh, person.tokens)
    here = session()
    if here.kept_for not in (None, person.user.id):
        _forget_all_but(lambda key: not key.startswith(CHOICE_KEY))
    here.user, here.tokens, here.notice, here.kept_for = person.user, person.tokens, None, None
    here.decides, here.has_signed_out = True, False


def sign_out(notice: str | None = None) -> None:
    """Signs the person out of this browser: of its cookie, this tab and, a moment later, the other tabs."""
    _forget_person(notice)
    _forget_all_but(lambda key: key == _STATE)
    here = session()
    here.decides = here.has_signed_out = True


def expire(page: str | None) -> NoReturn:
    """Ends the sign-in and asks for a new one, which leads back to `page` with the chosen seats still chosen."""
    user = session().user
    params = st.query_params.to_dict()
    _forget_person(EXPIRED)
    _forget_all_but(lambda key: key == _STATE or key.startswith(CHOICE_KEY))
    here = session()
    here.kept_for = user.id if user else None
    _go_to_sign_in(page or way_back.EVENTS_PAGE, params)


def show_ended_sign_in(path: str) -> None:
    """Says on every page that the sign-in has ended, until somebody signs in. The sign-in page says it itself."""
    here = session()
    if here.user is None and here.notice == EXPIRED and path != way_back.SIGN_IN:
        st.info(EXPIRED, icon=":material/info:")


def _forget_person(notice: str | None) -> None:
    here = session()
    if here.tokens is not None:
        REGISTRY.forget(here.tokens)
        LAST_KNOWN.forget(here.tokens.owner)
    st.session_state[_STATE] = Session(cookie_checked=True, cookie=here.cookie, earlier=here.earlier, notice=notice)


def _forget_all_but(stays: Callable[[str], bool]) -> None:
    for key in [str(key) for key in st.session_state]:
        if not stays(key):
            del st.session_state[key]


@st.fragment(run_every=COOKIE_CHECK_SECONDS)
def keep_cookie() -> None:
    """Updates the browser's cookie to the session, also after tokens were renewed. After a sign-out, the browser's
    other tabs start anew as soon as the cookie is deleted.
    """
    here = session()
    if not here.cookie_checked:
        # Without the service nobody knows whether the cookie is still good; deleting it would sign the person out.
        return
    wanted = here.tokens.refresh if here.tokens else ""
    if wanted != (here.cookie or ""):
        here.earlier = (*here.earlier, here.cookie or "")[-MOST_EARLIER:]
        own = None if here.decides else frozenset(here.earlier)
        change = session_cookie.CookieChange(wanted, instead_of=own)
        here.cookie, here.decides = wanted, False
        if here.tokens:
            # The next visit brings this cookie. It is the same person, with the same remembered answers.
            REGISTRY.remember(wanted, here.tokens)
        here.pending_code = session_cookie.CODES.issue(change)
    data = {
        "code": here.pending_code,
        "path": session_cookie.ENDPOINT,
        "is_signed_in": here.user is not None,
        "has_signed_out": here.has_signed_out,
    }
    session_cookie_component(key="session-cookie", data=data, height=1, on_done_change=_cookie_kept)


def _cookie_kept() -> None:
    session().pending_code = None


def require_user(reason: str, page: str, params: Mapping[str, str] | None = None) -> User:
    """Returns the signed-in person. Anybody else has to sign in and then comes back to `page`."""
    here = session()
    if here.user is None:
        ask_to_sign_in(reason, page, params)
    return here.user


def require_staff(page: str) -> User:
    """Returns the signed-in member of staff. The service itself refuses everybody else."""
    user = require_user("This page is for staff. Please sign in.", page)
    if not user.is_staff:
        st.info("This page is for staff only.", icon=":material/lock:")
        st.stop()
    return user


def ask_to_sign_in(reason: str, page: str, params: Mapping[str, str] | None = None) -> NoReturn:
    """Goes to the sign-in page with the reason. From there the person comes back to `page`, with the parameters of the
    present address unless others are given.
    """
    session().reason = reason
    _go_to_sign_in(page, st.query_params.to_dict() if params is None else params)


def _go_to_sign_in(page: str, params: Mapping[str, str]) -> NoReturn:
    st.switch_page(way_back.SIGN_IN_PAGE, query_params={way_back.PARAMETER: way_back.address_of(page, params)})
