"""Renders documents in a process of their own.

ReportLab is pure Python: in a thread it would block the event loop through the interpreter's lock. The process starts
with the first document, is replaced if it dies, and ends with the event loop.
"""

from collections.abc import Sequence

import anyio
from anyio import CapacityLimiter, to_process
from anyio.lowlevel import RunVar

from ticketing.documents.content import ConfirmationDocument, Document

MOST_PROCESSES = 1
RENDER_SECONDS = 60
_limiter: RunVar[CapacityLimiter] = RunVar("documents_limiter")


async def render(document: Document) -> bytes:
    """Returns the PDF of `document`; raises TimeoutError after `RENDER_SECONDS`, which include waiting for its turn."""
    (content,) = await render_together([document])
    return content


async def render_together(documents: Sequence[Document]) -> list[bytes]:
    """Returns the PDFs of `documents` in their order, like `render`; raises if one of them cannot be rendered."""
    with anyio.fail_after(RENDER_SECONDS):
        return await to_process.run_sync(_render_all_now, documents, cancellable=True, limiter=_loop_limiter())


def _render_all_now(documents: Sequence[Document]) -> list[bytes]:
    return [render_now(document) for document in documents]


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
