"""Signs a person in, or creates an account, and returns to the previous page."""

from dataclasses import replace

import streamlit as st

from frontend.api.caller import UNAUTHORIZED
from frontend.api.client import ApiClient
from frontend.api.errors import Refused
from frontend.api.models import User
from frontend.forms.fields import LONGEST_PERSON, email_field, new_password_field, password_field, text_field
from frontend.forms.form import Form
from frontend.session import session
from frontend.session.way_back import way_back_of
from frontend.widgets.ui import plain

WRONG_CREDENTIALS = "This email and password do not belong together."


def main() -> None:
    """Shows the page."""
    user = session.current_user()
    if user is not None:
        go_on(user)
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
    """Shows the fields for e-mail address and password."""
    form = Form("sign-in")
    with st.form(form.key("form"), border=False):
        email = email_field(form, autofill="username")
        password = password_field(form, "password", "Password", autofill="current-password")
        form.button("Sign in", "Signing in…", width="stretch")
    public = session.public_client()
    form.send((email, password), lambda _: check_credentials(public, email, password), signed_in)


def register_form() -> None:
    """Shows the fields of a new account."""
    form = Form("register")
    with st.form(form.key("form"), border=False):
        name = text_field(form, "name", "Your name", longest=LONGEST_PERSON, autofill="name")
        email = email_field(form)
        password = new_password_field(form, "password", "Password")
        form.button("Create account", "Creating your account…", width="stretch")
    public = session.public_client()

    def register(key: str) -> session.SignIn:
        """Creates the account and signs in."""
        public.register(email=email, password=password, name=name, idempotency_key=key)
        return check_credentials(public, email, password)

    form.send((name, email, password), register, signed_in)


def signed_in(person: session.SignIn) -> str:
    """Makes the person the one of this tab; the page then goes on."""
    session.sign_in_tab(person)
    return ""


def check_credentials(public: ApiClient, email: str, password: str) -> session.SignIn:
    """Returns the person with these credentials. Raises `Refused`, with words for people, if they are wrong."""
    try:
        return session.exchange_credentials(public, email, password)
    except Refused as error:
        if error.problem.status != UNAUTHORIZED:
            raise
        raise Refused(replace(error.problem, detail=WRONG_CREDENTIALS)) from None


def go_on(user: User) -> None:
    """Returns to the page that asked for the sign-in, or that the person came from."""
    session.session().reason = None
    wanted = way_back_of(user)
    st.switch_page(wanted.page, query_params=wanted.params)


main()
