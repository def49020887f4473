"""Sign in or make an account, then go on where one was."""

import streamlit as st

from frontend import session
from frontend.api_client import ApiClient
from frontend.attempt import attempt, failure_of
from frontend.errors import Refused
from frontend.failures import show_failure_of, show_refusal
from frontend.ui import plain


def main() -> None:
    """Show the page."""
    if session.current_user() is not None:
        go_on()
    here = session.session()
    _, middle, _ = st.columns([1, 2, 1])
    with middle:
        st.title("Welcome")
        if here.notice:
            st.info(plain(here.notice), icon=":material/info:")
        if here.reason:
            st.info(plain(here.reason), icon=":material/lock:")
        sign_in_tab, register_tab = st.tabs(["Sign in", "Create an account"])
        with sign_in_tab:
            sign_in_form()
        with register_tab:
            register_form()


def sign_in_form() -> None:
    """Ask for email and password."""
    public = session.public_client()
    with st.form("sign-in", border=False):
        email = st.text_input("Email", autocomplete="username", max_chars=254)
        password = st.text_input("Password", type="password", autocomplete="current-password", max_chars=128)
        checked = attempt(
            "Sign in",
            lambda: _checked(public, email, password) if email.strip() and password else None,
            key="sign-in",
            button=st.form_submit_button,
            type="primary",
            width="stretch",
        )
    error = failure_of("sign-in")
    if isinstance(error, Refused) and error.problem.status == 401:
        st.error("This email and password do not belong together.", icon=":material/error:")
    elif error is not None:
        show_refusal(error)
    enter(checked, "Please enter your email and password.")


def register_form() -> None:
    """Ask for what an account needs."""
    public = session.public_client()
    with st.form("register", border=False):
        name = st.text_input("Your name", autocomplete="name", max_chars=120)
        email = st.text_input("Email", autocomplete="email", max_chars=254, key="register-email")
        password = st.text_input(
            "Password",
            type="password",
            autocomplete="new-password",
            max_chars=128,
            key="register-password",
            help="At least 8 characters; not only digits, not a common password, not like your name or email.",
        )

        def register() -> session.SignIn | None:
            if not (name.strip() and email.strip() and password):
                return None
            public.register(email=email.strip(), password=password, name=name.strip())
            return _checked(public, email, password)

        registered = attempt(
            "Create account",
            register,
            key="register",
            button=st.form_submit_button,
            type="primary",
            width="stretch",
        )
    show_failure_of("register")
    enter(registered, "Please fill in your name, email and a password.")


def _checked(public: ApiClient, email: str, password: str) -> session.SignIn:
    return session.credentials_checked(public, email.strip(), password)


def enter(known: list[session.SignIn | None], incomplete: str) -> None:
    """Go on as the person who has signed in, or say that something was left out."""
    for each in known:
        if each is None:
            st.error(incomplete, icon=":material/error:")
        else:
            session.enter(each)
            go_on()


def go_on() -> None:
    """Return to where signing in was asked for."""
    here = session.session()
    page, params = here.return_to or "app_pages/events.py", here.return_params
    here.return_to, here.return_params, here.reason = None, {}, None
    st.switch_page(page, query_params=params)


main()
