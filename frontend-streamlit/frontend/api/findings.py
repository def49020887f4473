"""Which services answer and which do not, found by probes and by the pages' own calls."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from frontend.api.errors import ClientError, Party, Refused, ServiceUnreachable, Trouble

DOWN_AFTER = 2
"""Failed probes in a row after which a service counts as down and is not asked; one may be a busy moment."""
NOTICED_SECONDS = 5.0
"""How long a page's call without an answer counts as an outage that the probes have not seen."""


@dataclass
class _Known:
    failures: int = 0
    trouble: Trouble | None = None
    noticed: Trouble | None = None
    noticed_until: float = 0.0


@dataclass
class Findings:
    """Safe to use from several threads."""

    clock: Callable[[], float] = time.monotonic
    _known: dict[Party, _Known] = field(default_factory=lambda: {party: _Known() for party in Party})
    _lock: Lock = field(default_factory=Lock)

    def probed(self, party: Party, trouble: Trouble | None, *, failures: int = 1) -> None:
        """A probe has found this; None when the party has answered. `failures` is how many failed probes it equals."""
        with self._lock:
            known = self._known[party]
            known.trouble = trouble
            known.failures = known.failures + failures if trouble else 0

    def failed(self, error: ClientError) -> None:
        """A call of a page failed: record which service did not answer, if that was the reason."""
        if isinstance(error, ServiceUnreachable):
            self.noticed(error.party, error.trouble)
        elif isinstance(error, Refused) and error.problem.type == "ticket-unavailable":
            self.noticed(Party.TICKET, Trouble.UNREACHABLE)
        elif isinstance(error, Refused) and error.problem.is_temporary:
            self.noticed(Party.CLIENT, Trouble.NOT_READY)

    def noticed(self, party: Party, trouble: Trouble) -> None:
        """A call of a page got no answer."""
        with self._lock:
            known = self._known[party]
            known.noticed, known.noticed_until = trouble, self.clock() + NOTICED_SECONDS

    def is_down(self, party: Party) -> bool:
        """Whether the party, or the client service before it, has not answered several probes in a row."""
        with self._lock:
            asked = {Party.CLIENT, party}
            return any(self._known[each].failures >= DOWN_AFTER for each in asked)

    def present(self) -> tuple[Party, Trouble] | None:
        """Who does not answer now. Nothing is known of the ticket service while the client service is unreachable."""
        with self._lock:
            now = self.clock()
            for party in (Party.CLIENT, Party.TICKET):
                known = self._known[party]
                trouble = known.trouble or (known.noticed if now < known.noticed_until else None)
                if trouble is not None:
                    return party, trouble
            return None


FINDINGS = Findings()
"""What this process knows: the watch's probes and the calls of all pages write here."""
