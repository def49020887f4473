"""The dashboard's script: restores the sign-in, builds the pages for the viewer, and runs the chosen page."""

import streamlit as st

from frontend.api.errors import ClientError
from frontend.forms.form_state import finish_forms, reset_forms_on_new_page
from frontend.page import service_status
from frontend.page.failures import show_failure
from frontend.page.menu import refresh_badges
from frontend.page.navigation import pages
from frontend.page.page_change import leave_previous_page
from frontend.page.tab import NAMED_BY_CONTENT, name_tab, prepare_tab
from frontend.session import session
from frontend.session.way_back import lead_back_to_sign_in, remember_address
from frontend.widgets.components import outage_banner
from frontend.widgets.notices import show_notices
from frontend.widgets.ui import style

prepare_tab("frontend/widgets/assets/icon.svg")
style()
# The banner comes first, so that it is visible while the rest of the page waits for an answer.
outage_banner(service_status.ENDPOINT)

outage: ClientError | None = None
try:
    session.restore()
except ClientError as error:
    outage = error

finish_forms()
page = st.navigation(pages(), position="top")
lead_back_to_sign_in(page.url_path)
leave_previous_page(page.url_path)
reset_forms_on_new_page(page.url_path)
if page.url_path not in NAMED_BY_CONTENT:
    name_tab(page.title, page.icon)
if session.current_user() is None:
    remember_address(page.url_path)
show_notices()
try:
    if outage is not None:
        raise outage
    if session.current_user() is not None:
        refresh_badges()
    session.show_ended_sign_in(page.url_path)
    page.run()
except ClientError as error:
    show_failure(error)

session.keep_cookie()
