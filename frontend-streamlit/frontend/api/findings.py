"""Records which services answer, from probes and from the calls of pages."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from frontend.api.errors import ClientError, Party, Refused, ServiceUnreachable, Trouble

DOWN_AFTER = 2
"""After so many failed probes in a row a service counts as down and is not called; one failed probe may be chance."""
NOTICED_SECONDS = 5.0
"""For so many seconds, a page's call without an answer counts as an outage that the probes have not seen."""


@dataclass
class _Known:
    failures: int = 0
    trouble: Trouble | None = None
    noticed: Trouble | None = None
    noticed_until: float = 0.0


@dataclass
class Findings:
    """The state of both services. Several threads may use it."""

    clock: Callable[[], float] = time.monotonic
    _known: dict[Party, _Known] = field(default_factory=lambda: {party: _Known() for party in Party})
    _lock: Lock = field(default_factory=Lock)

    def record_probe(self, party: Party, trouble: Trouble | None, *, failures: int = 1) -> None:
        """Records a probe; `trouble` is None if the party answered. It counts as `failures` failed probes."""
        with self._lock:
            known = self._known[party]
            known.trouble = trouble
            known.failures = known.failures + failures if trouble else 0

    def record_failed_call(self, error: ClientError) -> None:
        """Records which service did not answer a page's call, if that is why the call failed."""
        if isinstance(error, ServiceUnreachable):
            self.record_no_answer(error.party, error.trouble)
        elif isinstance(error, Refused) and error.problem.type == "ticket-unavailable":
            self.record_no_answer(Party.TICKET, Trouble.UNREACHABLE)
        elif isinstance(error, Refused) and error.problem.is_temporary:
            self.record_no_answer(Party.CLIENT, Trouble.NOT_READY)

    def record_no_answer(self, party: Party, trouble: Trouble) -> None:
        """Records that a page's call got no answer."""
        with self._lock:
            known = self._known[party]
            known.noticed, known.noticed_until = trouble, self.clock() + NOTICED_SECONDS

    def is_down(self, party: Party) -> bool:
        """Returns whether the party, or the client service before it, has failed several probes in a row."""
        with self._lock:
            asked = {Party.CLIENT, party}
            return any(self._known[each].failures >= DOWN_AFTER for each in asked)

    def current_outage(self) -> tuple[Party, Trouble] | None:
        """Returns who does not answer now. While the client service is unreachable, nothing is known of the ticket
        service.
        """
        with self._lock:
            now = self.clock()
            for party in (Party.CLIENT, Party.TICKET):
                known = self._known[party]
                trouble = known.trouble or (known.noticed if now < known.noticed_until else None)
                if trouble is not None:
                    return party, trouble
            return None


FINDINGS = Findings()
"""The findings of this process: the watch and the calls of all pages write here."""
