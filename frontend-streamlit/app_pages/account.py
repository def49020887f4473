"""The signed-in person's own account."""

import streamlit as st

from frontend import session
from frontend.errors import Refused, ServiceUnreachable
from frontend.failures import show_refusal
from frontend.models import User
from frontend.ui import plain

PAGE = "app_pages/account.py"


def main() -> None:
    """Show the page."""
    user = session.require_user("Sign in to see your account.", PAGE)
    st.title("Account")
    st.markdown(f"Signed in as **{plain(user.email)}**" + (" · staff" if user.is_staff else ""))
    if st.button("Sign out", icon=":material/logout:"):
        session.sign_out()
        st.switch_page("app_pages/events.py")
    details(user)
    password()
    deletion()


def details(user: User) -> None:
    """Change the name."""
    with st.form("details"):
        st.subheader("Your details")
        name = st.text_input("Name", value=user.name, max_chars=150, autocomplete="name")
        if not st.form_submit_button("Save") or name.strip() == user.name:
            return
    change({"name": name.strip()}, "Saved.")


def password() -> None:
    """Change the password."""
    with st.form("password", clear_on_submit=True):
        st.subheader("Password")
        new = st.text_input("New password", type="password", max_chars=128, autocomplete="new-password")
        again = st.text_input("New password again", type="password", max_chars=128, autocomplete="new-password")
        if not st.form_submit_button("Change password"):
            return
    if new != again:
        st.error("The two passwords differ.", icon=":material/error:")
    elif new:
        change({"password": new}, "Password changed.")


def change(changes: dict[str, object], done: str) -> None:
    """Change the account and say so."""
    try:
        session.session().user = session.client().change_me(changes)
    except (Refused, ServiceUnreachable) as error:
        show_refusal(error)
        return
    st.toast(done, icon=":material/check:")


def deletion() -> None:
    """Delete the account, after an explicit confirmation."""
    with st.expander("Delete my account"):
        st.markdown(
            "Your name and email are removed and you can no longer sign in. Records of your bookings stay, without your name. "
            "Bookings are **not** cancelled by this; cancel them first if you want your money back."
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
