"""What must happen when the viewer comes to another page."""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from frontend.forms.attempt import forget_attempts
from frontend.page.dialogs import close_dialog

_PAGE = "current-page"


def arrive(page: str) -> None:
    """Leave everything of the previous page behind, before anything of this one is drawn.

    The browser goes on refreshing the previous page's fragments until it hears of the new page. Streamlit would honour
    a refresh that arrives meanwhile once the new page is drawn, in the name of the previous page, whereupon the browser
    empties the screen. Without its fragment a refresh is turned away, and the full rerun swallows one that waits.
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
    """The file of the page that is being looked at, once there is one."""
    path = st.session_state.get(_PAGE)
    return f"app_pages/{path.replace('-', '_')}.py" if path else None
