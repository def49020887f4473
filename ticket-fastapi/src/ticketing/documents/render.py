"""Render documents away from the event loop.

ReportLab is Python through and through: in a thread it would take turns with the event loop for the interpreter's lock,
so it has a process of its own, which starts with the first document, is replaced if it dies, and ends with the loop.
"""

import anyio
from anyio import CapacityLimiter, to_process
from anyio.lowlevel import RunVar

from ticketing.documents.content import ConfirmationDocument, Document

MOST_PROCESSES = 1
RENDER_SECONDS = 60
_limiter: RunVar[CapacityLimiter] = RunVar("documents_limiter")


async def render(document: Document) -> bytes:
    """The PDF of `document`. Raises TimeoutError after `RENDER_SECONDS`, the wait for its turn included."""
    with anyio.fail_after(RENDER_SECONDS):
        return await to_process.run_sync(render_now, document, cancellable=True, limiter=_loop_limiter())


def render_now(document: Document) -> bytes:
    """The PDF of `document`, here and now."""
    # ReportLab takes a third of a second to import; the processes that serve and work import this module, and draw
    # nothing themselves.
    from ticketing.documents.confirmation import render_confirmation  # noqa: PLC0415
    from ticketing.documents.notice import render_notice  # noqa: PLC0415

    if isinstance(document, ConfirmationDocument):
        return render_confirmation(document)
    return render_notice(document)


def _loop_limiter() -> CapacityLimiter:
    try:
        return _limiter.get()
    except LookupError:
        limiter = CapacityLimiter(MOST_PROCESSES)
        _limiter.set(limiter)
        return limiter
