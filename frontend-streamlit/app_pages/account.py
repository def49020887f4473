"""The signed-in person's account."""

import streamlit as st

from frontend.api.errors import Refused, ServiceUnreachable
from frontend.api.models import User
from frontend.forms.fields import LONGEST_PERSON, email_field, new_password_field, password_field, text_field
from frontend.forms.form import Form
from frontend.session import session
from frontend.session.way_back import SIGN_IN_PAGE
from frontend.widgets.ui import facts

PAGE = "app_pages/account.py"


def main() -> None:
    """Shows the page."""
    if session.current_user() is None and session.session().notice:
        # The account was just deleted, or its password changed; the notice says so better than a reason to sign in.
        st.switch_page(SIGN_IN_PAGE)
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
    """Shows the form for name and e-mail address; it sends only what was edited."""
    form = Form("details")
    first = form.pinned(lambda: user)
    with st.form(form.key("form")):
        st.header("Your details")
        name = text_field(form, "name", "Name", value=first.name, longest=LONGEST_PERSON, autofill="name")
        email = email_field(form, value=first.email)
        form.button("Save", "Saving…", look="secondary")
    entered = {"name": name, "email": email}
    changes: dict[str, object] = {field: value for field, value in entered.items() if value != getattr(first, field)}
    api = session.client()
    form.send(changes, lambda _: api.change_me(changes) if changes else None, changed)


def changed(user: User | None) -> str:
    """Returns the account after the change; None if nothing was edited."""
    if user is None:
        return "Nothing was edited, so nothing has changed."
    session.session().user = user
    return "Saved."


def password(user: User) -> None:
    """Shows the form for a new password."""
    form = Form("password")
    with st.form(form.key("form")):
        st.header("Password")
        current = password_field(form, "current_password", "Current password", autofill="current-password")
        new = new_password_field(form, "password", "New password")
        again = password_field(form, "again", "New password again", autofill="new-password")
        form.button("Change password", "Changing the password…", look="secondary")
    if new != again:
        form.reject("again", "This differs from the new password above.")
    api, public = session.client(), session.public_client()

    def change(_: str) -> session.SignIn | None:
        api.change_me({"password": new, "current_password": current})
        try:
            # The service ends every token of the old password at once.
            return session.exchange_credentials(public, user.email, new)
        except (Refused, ServiceUnreachable):
            return None

    form.send((current, new), change, password_changed)


def password_changed(person: session.SignIn | None) -> str:
    """Signs in with the new password; asks for it if that fails."""
    if person is None:
        session.sign_out(notice="Your password is changed. Please sign in with the new one.")
        return ""
    session.sign_in_tab(person)
    return "Password changed."


def deletion() -> None:
    """Shows the form that deletes the account, with an explicit confirmation."""
    form = Form("delete-account")
    with st.expander("Delete my account"):
        st.markdown(
            "Your name and email are removed and you can no longer sign in. "
            "Records of your bookings stay, without your name. "
            "You leave every queue, and bookings that you have not paid are cancelled. "
            "What you have paid for is **not** cancelled by this; cancel it first if you want your money back."
        )
        sure = st.checkbox("I understand that this cannot be undone", key=form.key("sure"))
        form.button("Delete account", "Deleting your account…", disabled=not sure, in_form=False)
    api = session.client()
    form.send(None, lambda _: api.delete_me(), lambda _: deleted())


def deleted() -> str:
    """Signs the person out; the sign-in page then says why."""
    session.sign_out(notice="Your account has been deleted.")
    return ""


main()
