"""What must happen when the viewer comes to another page."""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from frontend.forms.attempt import forget_attempts
from frontend.page.dialogs import close_dialog

_PAGE = "current-page"


def leave_previous_page(page: str) -> None:
    """Ends everything of the previous page before anything of this one is drawn.

    The browser refreshes the fragments of the previous page until it hears of the new page. If such a refresh arrives
    once the new page is drawn, Streamlit runs it under the previous page's name, and the browser empties the screen.
    Without its fragment the refresh is refused, and the full rerun swallows a waiting one.
    """
    if st.session_state.get(_PAGE) == page:
        return
    close_dialog()
    forget_attempts()
    st.session_state[_PAGE] = page
    context = get_script_run_ctx()
    if context is not None:
        context.fragment_storage.clear()
    st.rerun()


def current_page() -> str | None:
    """Returns the file of the present page; None before there is one."""
    path = st.session_state.get(_PAGE)
    return f"app_pages/{path.replace('-', '_')}.py" if path else None
