"""A slow network, made certain: a refresh of the previous page arrives once the next page has begun."""

from __future__ import annotations

from playwright.sync_api import Page, WebSocketRoute
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg


class LateRefresh:
    """Stands between a tab and the dashboard; call before the tab opens its first address."""

    def __init__(self, page: Page) -> None:
        self.sent = False
        self._refresh: bytes | None = None
        self._shown_page = ""
        page.route_web_socket("**/_stcore/stream", self._stand_between)

    def _stand_between(self, tab: WebSocketRoute) -> None:
        server = tab.connect_to_server()

        def from_tab(message: str | bytes) -> None:
            self._remember(message)
            server.send(message)

        def from_server(message: str | bytes) -> None:
            if self._tells_of_another_page(message) and self._refresh is not None:
                server.send(self._refresh)
                self._refresh, self.sent = None, True
            tab.send(message)

        tab.on_message(from_tab)
        server.on_message(from_server)

    def _remember(self, message: str | bytes) -> None:
        """Makes the refresh that the tab would have sent by itself, out of a click in the same part of the page."""
        asked = BackMsg.FromString(message) if isinstance(message, bytes) else BackMsg()
        if asked.rerun_script.fragment_id:
            asked.rerun_script.is_auto_rerun = True
            asked.rerun_script.ClearField("widget_states")
            self._refresh = asked.SerializeToString()

    def _tells_of_another_page(self, message: str | bytes) -> bool:
        told = ForwardMsg.FromString(message) if isinstance(message, bytes) else ForwardMsg()
        if not told.HasField("new_session"):
            return False
        before, self._shown_page = self._shown_page, told.new_session.page_script_hash
        return before not in ("", self._shown_page)
