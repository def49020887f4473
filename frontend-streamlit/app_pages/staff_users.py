"""The accounts, for staff."""

import streamlit as st

from frontend.api.client import ApiClient
from frontend.api.errors import ChangedMeanwhile, unless_gone
from frontend.api.models import User
from frontend.forms.changed_meanwhile import Difference, difference, show_changed_meanwhile
from frontend.forms.fields import (
    LONGEST_EMAIL,
    LONGEST_PERSON,
    email_field,
    new_password_field,
    text_field,
)
from frontend.forms.form import Form
from frontend.session.session import client, clock, require_staff
from frontend.widgets.ui import plain

PAGE = "app_pages/staff_users.py"
LABELS = {"name": "Name", "email": "Email", "is_staff": "Staff", "is_active": "Active"}


def main() -> None:
    """Shows the page."""
    me = require_staff(PAGE)
    st.title("Users")
    with st.expander("New user", icon=":material/person_add:"):
        new_user_form()
    email = st.text_input(
        "Search", placeholder="Part of an email address", icon=":material/search:", max_chars=LONGEST_EMAIL
    )
    users = paged_users(email.strip())
    if not users:
        st.info("No user matches.", icon=":material/search_off:")
        return
    chosen = st.dataframe(
        [row(user) for user in users],
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        # A selection belongs to its rows: when the rows change, nobody is selected.
        key=f"users:{hash(tuple(user.id for user in users))}",
    )
    st.caption("Select a row to change that account.")
    for index in chosen["selection"]["rows"]:
        if index < len(users):
            edit(users[index], me)


def paged_users(email: str) -> list[User]:
    """Returns as many pages of accounts as the viewer has asked for."""
    pages_key = f"user-pages:{email}"
    found: list[User] = []
    cursor: str | None = None
    for _ in range(st.session_state.get(pages_key, 1)):
        page = client().users(email=email, cursor=cursor)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found
    if st.button("Show more users", icon=":material/expand_more:"):
        st.session_state[pages_key] = st.session_state.get(pages_key, 1) + 1
        st.rerun()
    return found


def row(user: User) -> dict[str, object]:
    """Returns an account as a row of the table."""
    return {
        "Email": user.email,
        "Name": user.name,
        "Staff": user.is_staff,
        "Active": user.is_active,
        "Since": clock().short(user.created_at) if user.created_at else "",
    }


def new_user_form() -> None:
    """Shows the form that creates an account for somebody else."""
    form = Form("new-user")
    with st.form(form.key("form"), border=False):
        name = text_field(form, "name", "Name", longest=LONGEST_PERSON)
        email = email_field(form, autofill="off")
        password = new_password_field(form, "password", "Password")
        is_staff = st.checkbox("Staff", key=form.key("is_staff"))
        form.button("Create user", "Creating the user…")
    api = client()
    form.send(
        (name, email, password, is_staff),
        lambda key: api.create_user(email=email, password=password, name=name, is_staff=is_staff, idempotency_key=key),
        lambda user: f"{user.email} has an account now.",
    )


def edit(user: User, me: User) -> None:
    """Shows the forms that change or delete one account. Staff cannot remove their own access."""
    own = user.id == me.id
    with st.container(border=True):
        change_form(user, own=own)
        delete_form(user, own=own)


def change_form(user: User, *, own: bool) -> None:
    """Shows the form that changes an account; it sends only what was edited."""
    form = Form(f"user:{user.id}")
    first, present = form.pinned(lambda: user), form.present(User)
    with st.form(form.key("form"), border=False):
        st.markdown(f"## {plain(user.email)}")
        entered: dict[str, object] = {
            "name": text_field(form, "name", "Name", value=first.name, longest=LONGEST_PERSON),
            "email": email_field(form, value=first.email, autofill="off"),
            "is_staff": st.checkbox("Staff", value=first.is_staff, disabled=own, key=form.key("is_staff")),
            "is_active": st.checkbox("Active", value=first.is_active, disabled=own, key=form.key("is_active")),
        }
        form.button("Save over it" if present else "Save", "Saving…")
    if present:
        way_on = "**Save over it** sends what you have edited; everything else stays as it is now."
        show_changed_meanwhile(form, differences(first, present, entered), way_on)
    changes = {name: value for name, value in entered.items() if value != getattr(first, name)}
    version, api = (present or first).version, client()
    form.send(
        changes,
        lambda _: save(api, user.id, changes, version) if changes else None,
        lambda changed: "Saved." if changed else "Nothing was edited, so nothing has changed.",
    )


def save(api: ApiClient, user_id: str, changes: dict[str, object], version: int) -> User:
    """Changes that version of the account."""
    try:
        return api.change_user(user_id, changes, version=version)
    except ChangedMeanwhile as error:
        present: User = error.present
        if any(getattr(present, name) != value for name, value in changes.items()):
            raise
        # The answer to an earlier try was lost: what was to be changed is as it was sent.
        return present


def differences(first: User, present: User, entered: dict[str, object] | None = None) -> list[Difference]:
    """Returns the fields in which the account has changed since the form began with `first`."""
    mine = first.model_dump() | (entered or {})
    changed = [
        difference(label, words(getattr(first, name)), words(mine[name]), words(getattr(present, name)))
        for name, label in LABELS.items()
    ]
    return [each for found in changed for each in found]


def words(value: object) -> str:
    """Returns the value of a field for people."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def delete_form(user: User, *, own: bool) -> None:
    """Shows the form that deletes an account, with an explicit confirmation."""
    form = Form(f"delete-user:{user.id}")
    first, present = form.pinned(lambda: user), form.present(User)
    sure = st.checkbox("Delete this account: remove name and email for good", key=form.key("sure"), disabled=own)
    st.caption(
        "The person leaves every queue, and bookings that they have not paid are cancelled; paid ones stay. "
        "Records of bookings stay without the name."
    )
    form.button(
        "Delete it all the same" if present else "Delete user",
        "Deleting the user…",
        disabled=own or not sure,
        in_form=False,
        look="secondary",
        icon=":material/delete:",
    )
    if present:
        way_on = "**Delete it all the same** deletes the account as it is now."
        show_changed_meanwhile(form, differences(first, present), way_on)
    version, api = (present or first).version, client()
    form.send(
        None,
        lambda _: unless_gone(lambda: api.delete_user(user.id, version=version)),
        lambda _: "The account is deleted.",
    )


main()
