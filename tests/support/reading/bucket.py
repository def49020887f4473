"""The documents in the bucket."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from urllib.parse import urlsplit

from minio import Minio

from tests.support.environment import Environment
from tests.support.snapshot import Snapshot, StoredDocument

MOST_READ = 1000
"""So many documents are read and compared by their SHA-256, the newest first; of more, only the presence is checked."""
READERS = 8


def connect(environment: Environment) -> Minio:
    """The bucket's server, as an operator sees it."""
    address = urlsplit(environment.s3_endpoint)
    return Minio(
        address.netloc,
        access_key=environment.s3_access_key,
        secret_key=environment.s3_secret_key,
        secure=address.scheme == "https",
        region=environment.s3_region,
    )


def read_into(snapshot: Snapshot, environment: Environment) -> None:
    """Every object's key; its SHA-256 for the newest that bookings name."""
    store = connect(environment)
    objects = {
        str(found.object_name): str(found.etag) for found in store.list_objects(environment.s3_bucket, recursive=True)
    }
    newest = sorted(snapshot.bookings.values(), key=lambda booking: booking.created_at, reverse=True)
    named = [booking.document_key for booking in newest if booking.document_key in objects][:MOST_READ]
    digests = _digests(environment, [(key, objects[key]) for key in named if key])
    snapshot.documents = {key: StoredDocument(key, digests.get(key)) for key in objects}


def _digests(environment: Environment, wanted: Iterable[tuple[str, str]]) -> dict[str, str]:
    with ThreadPoolExecutor(READERS) as readers:
        found = readers.map(lambda pair: (pair[0], _digest(environment, *pair)), wanted)
        return dict(found)


# Looked at again and again while a test waits for rest; the ETag is part of the key, so a changed object is read anew.
@lru_cache(maxsize=20_000)
def _digest(environment: Environment, key: str, _etag: str) -> str:
    response = connect(environment).get_object(environment.s3_bucket, key)
    try:
        return hashlib.sha256(response.read()).hexdigest()
    finally:
        response.close()
        response.release_conn()
