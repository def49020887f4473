"""The bucket of the PDFs, on any object store with the S3 API.

The SDK blocks, so its calls run in threads. Links are signed for the public address, because the signature covers the
host. The region is fixed, because asking the store for it would cost a call per link.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import TypeVar
from urllib.parse import quote, urlsplit

from minio import Minio
from minio.error import InvalidResponseError, MinioException, S3Error
from urllib3 import PoolManager, Retry, Timeout
from urllib3.exceptions import HTTPError

from ticketing.integrations.bounded_pool import bound

T = TypeVar("T")

CONNECT_SECONDS, READ_SECONDS, RETRIES = 3, 5, 2
# Longer than all retries together. The thread ends by its own timeouts, even if its caller has given up.
CALL_SECONDS = 25
READY_SECONDS = 3
THREADS = 4


class ObjectStoreUnavailable(Exception):
    """The store gave no usable answer; the call may have had its effect or not, and can be repeated."""


@dataclass(frozen=True, slots=True)
class PresignedLink:
    """An address that anybody can fetch until `expires_at`."""

    url: str
    expires_at: datetime


class ObjectStore:
    """One bucket. This service calls `endpoint`; the buyer's browser calls `public_endpoint`."""

    def __init__(
        self,
        *,
        endpoint: str,
        public_endpoint: str,
        bucket: str,
        access_key: str,
        secret_key: str,
        region: str,
    ) -> None:
        self._bucket = bucket
        self._http = bound(
            PoolManager(
                maxsize=THREADS,
                timeout=Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
                retries=Retry(
                    total=RETRIES, backoff_factor=0.2, status_forcelist=[500, 502, 503, 504], raise_on_status=False
                ),
            )
        )
        self._inside = _client(endpoint, access_key, secret_key, region, self._http)
        self._outside = _client(public_endpoint, access_key, secret_key, region, self._http)
        self._executor = ThreadPoolExecutor(THREADS, thread_name_prefix="object-store")

    async def ensure_bucket(self) -> None:
        """Creates the bucket if it does not exist; several processes can do this at the same time.

        If the bucket exists, the key needs no permission to create one. Raises ObjectStoreUnavailable on failure.
        """
        await self._run(self._make_bucket)

    async def put(self, key: str, content: bytes, *, content_type: str, sha256: str) -> None:
        """Stores `content` under `key`, replacing an older object; `sha256` (hexadecimal) is stored as metadata."""
        await self._run(
            lambda: self._inside.put_object(
                self._bucket,
                key,
                BytesIO(content),
                len(content),
                content_type=content_type,
                metadata={"sha256": sha256},
            )
        )

    async def ready(self) -> None:
        """Raises ObjectStoreUnavailable unless the store answers and has the bucket."""
        if not await self._run(lambda: self._inside.bucket_exists(self._bucket), READY_SECONDS):
            raise ObjectStoreUnavailable(f"there is no bucket {self._bucket}")

    def presign(self, key: str, *, filename: str, expires: timedelta) -> PresignedLink:
        """Returns a link to the object, which a browser saves as `filename`. `expires` is at most 7 days."""
        now = datetime.now(UTC).replace(microsecond=0)
        disposition = f"inline; filename=\"{_plain(filename)}\"; filename*=UTF-8''{quote(filename, safe='')}"
        url = self._outside.presigned_get_object(
            self._bucket,
            key,
            expires=expires,
            request_date=now,
            response_headers={"response-content-disposition": disposition},
        )
        return PresignedLink(url, now + expires)

    def close(self) -> None:
        """Closes the connections; calls in progress end by their own deadlines."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        self._http.clear()

    async def _run(self, call: Callable[[], T], seconds: float = CALL_SECONDS) -> T:
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.get_running_loop().run_in_executor(self._executor, call)
        except S3Error as error:
            raise ObjectStoreUnavailable(_meaning(error.code)) from error
        except InvalidResponseError as error:
            raise ObjectStoreUnavailable(f"the object store's answer is not readable: {error}"[:300]) from error
        except (TimeoutError, MinioException, HTTPError, OSError) as error:
            raise ObjectStoreUnavailable(f"the object store does not answer: {type(error).__name__}") from error

    def _make_bucket(self) -> None:
        if self._inside.bucket_exists(self._bucket):
            return
        try:
            self._inside.make_bucket(self._bucket)
        except S3Error as error:
            if error.code == "AccessDenied":
                sentence = f"there is no bucket {self._bucket}, and S3_ACCESS_KEY may not create it"
                raise ObjectStoreUnavailable(sentence) from error
            if error.code not in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:
                raise


def _client(endpoint: str, access_key: str, secret_key: str, region: str, http: PoolManager) -> Minio:
    address = urlsplit(endpoint)
    return Minio(
        address.netloc,
        access_key=access_key,
        secret_key=secret_key,
        secure=address.scheme == "https",
        region=region,
        http_client=http,
    )


def _meaning(code: str | None) -> str:
    """Returns what an operator has to check when the store answers with this S3 code."""
    if code in {"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch"}:
        return f"the object store refuses S3_ACCESS_KEY with S3_SECRET_KEY, or what it asks for ({code})"
    if code in {"AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "InvalidRegion", "BadRequest"}:
        return f"the object store refuses the request; is S3_REGION its region? ({code})"
    return f"the object store answered {code}"


def _plain(filename: str) -> str:
    """Returns `filename` in ASCII, for browsers that read nothing else (RFC 6266, appendix D)."""
    return "".join(it if it.isascii() and it.isprintable() and it not in '"\\%' else "_" for it in filename)
