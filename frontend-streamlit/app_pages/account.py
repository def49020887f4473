"""The signed-in person's own account."""

import streamlit as st

from frontend import session
from frontend.errors import Refused, ServiceUnreachable
from frontend.failures import show_refusal
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
    with st.form("details"):
        st.subheader("Your details")
        name = st.text_input("Name", value=user.name, max_chars=120, autocomplete="name")
        email = st.text_input("Email", value=user.email, max_chars=254, autocomplete="email")
        if not st.form_submit_button("Save"):
            return
    changes: dict[str, object] = {"name": name.strip(), "email": email.strip()}
    changes = {field: value for field, value in changes.items() if value != getattr(user, field)}
    if changes:
        change(changes, "Saved.")


def password(user: User) -> None:
    """Change the password."""
    with st.form("password", clear_on_submit=True):
        st.subheader("Password")
        current = st.text_input("Current password", type="password", max_chars=128, autocomplete="current-password")
        new = st.text_input("New password", type="password", max_chars=128, autocomplete="new-password")
        again = st.text_input("New password again", type="password", max_chars=128, autocomplete="new-password")
        if not st.form_submit_button("Change password"):
            return
    if new != again:
        st.error("The two new passwords differ.", icon=":material/error:")
    elif current and new and change({"password": new, "current_password": current}, "Password changed."):
        # The service ends every token of the old password at once.
        session.sign_in(user.email, new)


def change(changes: dict[str, object], done: str) -> bool:
    """Change the account and say so; False when that was refused."""
    try:
        session.session().user = session.client().change_me(changes)
    except (Refused, ServiceUnreachable) as error:
        show_refusal(error)
        return False
    st.toast(done, icon=":material/check:")
    return True


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
        if not st.button("Delete account", type="primary", disabled=not sure):
            return
        try:
            session.client().delete_me()
        except (Refused, ServiceUnreachable) as error:
            show_refusal(error)
            return
        session.sign_out(notice="Your account has been deleted.")
        st.switch_page(session.SIGN_IN_PAGE)


main()
