"""Probes the client service and the ticket service while a page is open in a browser.

The browser hears of an outage within two seconds, even while the page's own script waits for an answer.
"""

import asyncio
import time
import uuid
from dataclasses import dataclass
from threading import Lock

from frontend.api import background
from frontend.api.errors import Party, Trouble
from frontend.api.findings import DOWN_AFTER, FINDINGS, Findings
from frontend.api.probes import PROBE_SECONDS, trouble_of_client, trouble_of_ticket
from frontend.wording.outages import outage_text

PAUSE_SECONDS = 0.3
PAUSE_IN_TROUBLE_SECONDS = 0.7
IDLE_SECONDS = 30.0
NOTICE_SECONDS = 0.1


@dataclass(frozen=True)
class Status:
    """The text of the banner, empty if both services answer; `version` changes with it."""

    version: str
    words: str


class Watch:
    """Probes the services. The process has one watch, which sleeps while no page is open."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self._lock = Lock()
        self._probing = False
        self._wanted_at = 0.0
        self._status = Status(uuid.uuid4().hex, "")

    @property
    def is_probing(self) -> bool:
        """Returns whether it is probing at present."""
        with self._lock:
            return self._probing

    def keep_probing(self) -> None:
        """Records that a page is open: probes for the next `IDLE_SECONDS`."""
        with self._lock:
            self._wanted_at = time.monotonic()
            begin, self._probing = not self._probing, True
        if begin:
            background.start(self._probe_both())

    def status(self) -> Status:
        """Returns the present status."""
        words = outage_text(self.findings.current_outage())
        with self._lock:
            if words != self._status.words:
                self._status = Status(uuid.uuid4().hex, words)
            return self._status

    async def status_after(self, version: str, seconds: float) -> Status:
        """Returns the status as soon as its version differs from `version`, at the latest after `seconds`."""
        deadline = time.monotonic() + seconds
        while (status := self.status()).version == version and time.monotonic() < deadline:
            self.keep_probing()
            await asyncio.sleep(NOTICE_SECONDS)
        return status

    async def _probe_both(self) -> None:
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._probe_client())
                both.create_task(self._probe_ticket())
        finally:
            with self._lock:
                self._probing = False

    def _is_wanted(self) -> bool:
        return time.monotonic() - self._wanted_at < IDLE_SECONDS

    async def _probe_client(self) -> None:
        while self._is_wanted():
            trouble = await trouble_of_client()
            self.findings.record_probe(Party.CLIENT, trouble)
            await asyncio.sleep(PAUSE_IN_TROUBLE_SECONDS if trouble else PAUSE_SECONDS)

    async def _probe_ticket(self) -> None:
        while self._is_wanted():
            if not self.findings.is_down(Party.CLIENT):
                await self._probe_ticket_once()
            await asyncio.sleep(PAUSE_SECONDS)

    async def _probe_ticket_once(self) -> None:
        """Asks one question at a time, because the client service keeps a thread waiting for each unanswered one."""
        asking = asyncio.create_task(trouble_of_ticket())
        done, _ = await asyncio.wait({asking}, timeout=PROBE_SECONDS)
        if not done and await trouble_of_client() is None:
            # No second question is asked before this one is answered.
            self.findings.record_probe(Party.TICKET, Trouble.SLOW, failures=DOWN_AFTER)
        self.findings.record_probe(Party.TICKET, await asking)


WATCH = Watch(FINDINGS)
