"""Sign in or make an account, then go on where one was."""

import streamlit as st

from frontend import session
from frontend.errors import Refused, ServiceUnreachable
from frontend.failures import show_refusal
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
    with st.form("sign-in", border=False):
        email = st.text_input("Email", autocomplete="username", max_chars=254)
        password = st.text_input("Password", type="password", autocomplete="current-password", max_chars=128)
        if not st.form_submit_button("Sign in", type="primary", width="stretch"):
            return
    enter(email, password)


def register_form() -> None:
    """Ask for what an account needs."""
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
        if not st.form_submit_button("Create account", type="primary", width="stretch"):
            return
    if not (name.strip() and email.strip() and password):
        st.error("Please fill in your name, email and a password.", icon=":material/error:")
        return
    try:
        session.public_client().register(email=email.strip(), password=password, name=name.strip())
    except (Refused, ServiceUnreachable) as error:
        show_refusal(error)
        return
    enter(email, password)


def enter(email: str, password: str) -> None:
    """Sign in and go on, or say why not."""
    if not (email.strip() and password):
        st.error("Please enter your email and password.", icon=":material/error:")
        return
    try:
        session.sign_in(email.strip(), password)
    except (Refused, ServiceUnreachable) as error:
        if isinstance(error, Refused) and error.problem.status == 401:
            st.error("This email and password do not belong together.", icon=":material/error:")
        else:
            show_refusal(error)
        return
    go_on()


def go_on() -> None:
    """Return to where signing in was asked for."""
    here = session.session()
    page, params = here.return_to or "app_pages/events.py", here.return_params
    here.return_to, here.return_params, here.reason = None, {}, None
    st.switch_page(page, query_params=params)


main()
