"""The signed-in person's own account."""

import streamlit as st

from frontend import session
from frontend.attempt import attempt
from frontend.failures import show_failure_of
from frontend.models import User
from frontend.ui import facts

PAGE = "app_pages/account.py"


def main() -> None:
    """Show the page."""
    user = session.require_user("Sign in to see your account.", PAGE)
    st.title("Account")
    facts({"Signed in as": user.email, "Role": "Staff" if user.is_staff else ""})
    if st.button("Sign out", icon=":material/logout:"):
        session.sign_out()
        st.switch_page("app_pages/events.py")
    details(user)
    password(user)
    deletion()


def details(user: User) -> None:
    """Change name and email."""
    api, key = session.client(), "details"
    with st.form("details"):
        st.subheader("Your details")
        name = st.text_input("Name", value=user.name, max_chars=120, autocomplete="name")
        email = st.text_input("Email", value=user.email, max_chars=254, autocomplete="email")
        given: dict[str, object] = {"name": name.strip(), "email": email.strip()}
        changes = {field: value for field, value in given.items() if value != getattr(user, field)}
        changed = attempt(
            "Save", lambda: api.change_me(changes) if changes else user, key=key, button=st.form_submit_button
        )
    show_failure_of(key)
    for fresh in changed:
        session.session().user = fresh
        st.success("Saved.", icon=":material/check:")


def password(user: User) -> None:
    """Change the password."""
    api, public, key = session.client(), session.public_client(), "password"
    with st.form("password", clear_on_submit=True):
        st.subheader("Password")
        current = st.text_input("Current password", type="password", max_chars=128, autocomplete="current-password")
        new = st.text_input("New password", type="password", max_chars=128, autocomplete="new-password")
        again = st.text_input("New password again", type="password", max_chars=128, autocomplete="new-password")

        def change() -> session.SignIn | str:
            if not (current and new):
                return "Please enter your current password and a new one."
            if new != again:
                return "The two new passwords differ."
            api.change_me({"password": new, "current_password": current})
            # The service ends every token of the old password at once.
            return session.credentials_checked(public, user.email, new)

        changed = attempt("Change password", change, key=key, button=st.form_submit_button)
    show_failure_of(key)
    for known in changed:
        if isinstance(known, str):
            st.error(known, icon=":material/error:")
        else:
            if session.session().tokens is not known.tokens:
                session.enter(known)
            st.success("Password changed.", icon=":material/check:")


def deletion() -> None:
    """Delete the account, after an explicit confirmation."""
    with st.expander("Delete my account"):
        st.markdown(
            "Your name and email are removed and you can no longer sign in. "
            "Records of your bookings stay, without your name. "
            "You leave every queue, and bookings that you have not paid are cancelled. "
            "What you have paid for is **not** cancelled by this; cancel it first if you want your money back."
        )
        sure = st.checkbox("I understand that this cannot be undone")
        deleted = attempt("Delete account", session.client().delete_me, key="delete", type="primary", disabled=not sure)
        show_failure_of("delete")
    if deleted:
        session.sign_out(notice="Your account has been deleted.")
        st.switch_page(session.SIGN_IN_PAGE)


main()
