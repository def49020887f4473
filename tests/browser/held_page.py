"""A slow network, made certain: the tab hears of the next page only after somebody has clicked once more."""

from __future__ import annotations

from playwright.sync_api import Page, WebSocketRoute
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg


class HeldPage:
    """Stands between a tab and the dashboard; call before the tab opens its first address."""

    def __init__(self, page: Page) -> None:
        self.holding = self.released = False
        self._armed = False
        self._held: list[str | bytes] = []
        self._shown_page = ""
        page.route_web_socket("**/_stcore/stream", self._stand_between)

    def arm(self) -> None:
        """From now on the next change of page is held back."""
        self._armed = True

    def _stand_between(self, tab: WebSocketRoute) -> None:
        server = tab.connect_to_server()

        def from_tab(message: str | bytes) -> None:
            server.send(message)
            if self.holding and not self._is_a_refresh(message):
                self.holding, self.released = False, True
                for held in self._held:
                    tab.send(held)

        def from_server(message: str | bytes) -> None:
            if self._tells_of_another_page(message) and self._armed:
                self.holding, self._armed = True, False
            if self.holding:
                self._held.append(message)
            else:
                tab.send(message)

        tab.on_message(from_tab)
        server.on_message(from_server)

    @staticmethod
    def _is_a_refresh(message: str | bytes) -> bool:
        return isinstance(message, bytes) and BackMsg.FromString(message).rerun_script.is_auto_rerun

    def _tells_of_another_page(self, message: str | bytes) -> bool:
        told = ForwardMsg.FromString(message) if isinstance(message, bytes) else ForwardMsg()
        if not told.HasField("new_session"):
            return False
        before, self._shown_page = self._shown_page, told.new_session.page_script_hash
        return before not in ("", self._shown_page)
