"""Renders documents in a process of their own.

ReportLab is pure Python: in a thread it would block the event loop through the interpreter's lock. The process starts
with the first document, is replaced if it dies, and ends with the event loop.
"""

import anyio
from anyio import CapacityLimiter, to_process
from anyio.lowlevel import RunVar

from ticketing.documents.content import ConfirmationDocument, Document

MOST_PROCESSES = 1
RENDER_SECONDS = 60
_limiter: RunVar[CapacityLimiter] = RunVar("documents_limiter")


async def render(document: Document) -> bytes:
    """Returns the PDF of `document`; raises TimeoutError after `RENDER_SECONDS`, which include waiting for its turn."""
    with anyio.fail_after(RENDER_SECONDS):
        return await to_process.run_sync(render_now, document, cancellable=True, limiter=_loop_limiter())


def render_now(document: Document) -> bytes:
    """Returns the PDF of `document`, rendered in this process."""
    # Importing ReportLab takes a third of a second, and the processes that import this module do not render.
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
