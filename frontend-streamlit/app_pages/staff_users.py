"""The accounts, for staff."""

import streamlit as st

from frontend.api.errors import unless_gone
from frontend.api.models import User
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
    first = form.pinned(lambda: user)
    with st.form(form.key("form"), border=False):
        st.markdown(f"#### {plain(user.email)}")
        entered: dict[str, object] = {
            "name": text_field(form, "name", "Name", value=first.name, longest=LONGEST_PERSON),
            "email": email_field(form, value=first.email, autofill="off"),
            "is_staff": st.checkbox("Staff", value=first.is_staff, disabled=own, key=form.key("is_staff")),
            "is_active": st.checkbox("Active", value=first.is_active, disabled=own, key=form.key("is_active")),
        }
        form.button("Save", "Saving…")
    changes = {name: value for name, value in entered.items() if value != getattr(first, name)}
    api = client()
    form.send(
        changes,
        lambda _: api.change_user(user.id, changes) if changes else None,
        lambda changed: "Saved." if changed else "Nothing was edited, so nothing has changed.",
    )


def delete_form(user: User, *, own: bool) -> None:
    """Shows the form that deletes an account, with an explicit confirmation."""
    form = Form(f"delete-user:{user.id}")
    sure = st.checkbox("Delete this account: remove name and email for good", key=form.key("sure"), disabled=own)
    st.caption(
        "The person leaves every queue, and bookings that they have not paid are cancelled; paid ones stay. "
        "Records of bookings stay without the name."
    )
    form.button(
        "Delete user",
        "Deleting the user…",
        disabled=own or not sure,
        in_form=False,
        look="secondary",
        icon=":material/delete:",
    )
    api = client()
    form.send(None, lambda _: unless_gone(lambda: api.delete_user(user.id)), lambda _: "The account is deleted.")


main()
