"""Staff: accounts."""

import streamlit as st

from frontend.errors import Refused, ServiceUnreachable
from frontend.failures import show_refusal
from frontend.models import User
from frontend.session import client, clock, require_staff
from frontend.ui import plain

PAGE = "app_pages/staff_users.py"


def main() -> None:
    """Show the page."""
    me = require_staff(PAGE)
    st.title("Users")
    with st.expander("New user", icon=":material/person_add:"):
        new_user_form()
    email = st.text_input("Search", placeholder="Part of an email address", icon=":material/search:", max_chars=254)
    users = paged_users(email.strip())
    if not users:
        st.info("No user matches.", icon=":material/search_off:")
        return
    chosen = st.dataframe(
        [row(user) for user in users],
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key="users",
    )
    st.caption("Select a row to change that account.")
    for index in chosen["selection"]["rows"]:
        if index < len(users):
            edit(users[index], me)


def paged_users(email: str) -> list[User]:
    """As many pages as asked for."""
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
    """An account as a row of the table."""
    return {
        "Email": user.email,
        "Name": user.name,
        "Staff": user.is_staff,
        "Active": user.is_active,
        "Since": clock().short(user.created_at) if user.created_at else "",
    }


def new_user_form() -> None:
    """Make an account for somebody."""
    with st.form("new-user", border=False, clear_on_submit=True):
        name = st.text_input("Name", max_chars=120)
        email = st.text_input("Email", max_chars=254)
        password = st.text_input("Password", type="password", max_chars=128, autocomplete="new-password")
        is_staff = st.checkbox("Staff")
        if not st.form_submit_button("Create user", type="primary"):
            return
    try:
        client().create_user(email=email.strip(), password=password, name=name.strip(), is_staff=is_staff)
    except (Refused, ServiceUnreachable) as error:
        show_refusal(error)
        return
    st.toast("User created.", icon=":material/check:")


def edit(user: User, me: User) -> None:
    """Change or delete one account; staff cannot take away their own access."""
    own = user.id == me.id
    with st.container(border=True):
        with st.form(f"user:{user.id}", border=False):
            st.markdown(f"#### {plain(user.email)}")
            values: dict[str, object] = {
                "name": st.text_input("Name", value=user.name, max_chars=120).strip(),
                "email": st.text_input("Email", value=user.email, max_chars=254).strip(),
                "is_staff": st.checkbox("Staff", value=user.is_staff, disabled=own),
                "is_active": st.checkbox("Active", value=user.is_active, disabled=own),
            }
            save = st.form_submit_button("Save", type="primary")
        changes = {field: value for field, value in values.items() if value != getattr(user, field)}
        if save and changes:
            act_on(user, changes)
        sure = st.checkbox("Delete this account: remove name and email for good", key=f"sure:{user.id}", disabled=own)
        if st.button("Delete user", icon=":material/delete:", disabled=own or not sure, key=f"delete:{user.id}"):
            act_on(user, None)


def act_on(user: User, changes: dict[str, object] | None) -> None:
    """Save changes, or delete the account when there are none to save."""
    try:
        if changes is None:
            client().delete_user(user.id)
        else:
            client().change_user(user.id, changes)
    except (Refused, ServiceUnreachable) as error:
        show_refusal(error)
        return
    st.toast("Done.", icon=":material/check:")
    st.rerun()


main()
