"""Creates the bucket for documents if it is missing."""

from __future__ import annotations

import structlog

from ticketing.integrations.object_store import ObjectStoreUnavailable
from ticketing.services import Services

log = structlog.get_logger()


async def ensure_bucket(services: Services) -> None:
    """Creates the bucket if it does not exist. A failure is logged in one line; the next sweep tries again."""
    try:
        await services.object_store.ensure_bucket()
    except ObjectStoreUnavailable as error:
        log.warning("bucket.unavailable", bucket=services.settings.s3_bucket, reason=str(error))
