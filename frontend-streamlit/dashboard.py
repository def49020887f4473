"""The dashboard's script: who is looking, which pages there are for them, and the one they chose."""

import streamlit as st

from frontend import session
from frontend.errors import ClientError
from frontend.failures import show_failure
from frontend.forms import arrive_with_forms
from frontend.navigation import pages
from frontend.notices import tell_now
from frontend.page_change import arrive
from frontend.ui import style

st.set_page_config(page_title="Tickets", page_icon="frontend/assets/icon.svg", layout="wide")
style()

outage: ClientError | None = None
try:
    session.restore()
except ClientError as error:
    outage = error

page = st.navigation(pages(), position="top")
arrive(page.url_path)
arrive_with_forms(page.url_path)
tell_now()
try:
    if outage is not None:
        raise outage
    page.run()
except ClientError as error:
    show_failure(error)

session.keep_cookie()
