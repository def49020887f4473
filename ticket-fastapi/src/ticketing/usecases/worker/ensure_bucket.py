"""The bucket for documents: made when it is missing, which an operator hears of when it cannot be."""

from __future__ import annotations

import structlog

from ticketing.integrations.object_store import ObjectStoreUnavailable
from ticketing.services import Services

log = structlog.get_logger()


async def ensure_bucket(services: Services) -> None:
    """Make the bucket unless it is there. What is in the way is one line of the log; it is tried again later."""
    try:
        await services.object_store.ensure_bucket()
    except ObjectStoreUnavailable as error:
        log.warning("bucket.unavailable", bucket=services.settings.s3_bucket, reason=str(error))
