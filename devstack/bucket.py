"""The bucket of a stack, whoever runs its S3 server.

Importing this takes a third of a second, so the callers do it when they need a bucket; most commands need none.
"""

from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.error import MinioException, S3Error
from urllib3.exceptions import HTTPError
from urllib3.util import Timeout

from devstack.deadlines import stretched
from devstack.environment import ObjectStoreAccess
from devstack.failures import StackFailure

REFUSALS_OF_KEYS = frozenset({"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch"})
REFUSALS_OF_REGION = frozenset({"AuthorizationHeaderMalformed", "IllegalLocationConstraintException"})


def answers(access: ObjectStoreAccess) -> bool:
    """Whether the server accepts our signature; False while it is starting."""
    try:
        connect(access).bucket_exists(access.bucket)
    except (MinioException, HTTPError, OSError):
        return False
    return True


def make_bucket(access: ObjectStoreAccess) -> None:
    """Creates the bucket if it does not exist."""
    client = connect(access)
    try:
        if not client.bucket_exists(access.bucket):
            client.make_bucket(access.bucket)
    except (MinioException, HTTPError, OSError, ValueError) as error:
        raise StackFailure(f"The object store {access.endpoint} cannot be used: {_reason(error, access)}.") from error


def _reason(error: Exception, access: ObjectStoreAccess) -> str:
    if isinstance(error, S3Error) and error.code in REFUSALS_OF_KEYS:
        return "it refuses S3_ACCESS_KEY or S3_SECRET_KEY"
    if isinstance(error, S3Error) and error.code in REFUSALS_OF_REGION:
        return f"it is not in the region {access.region}; set S3_REGION"
    if isinstance(error, S3Error):
        return f"it answers {error.code} for the bucket {access.bucket}"
    if isinstance(error, HTTPError | OSError):
        return "no server answers there"
    if isinstance(error, MinioException):
        return "what answers there is no S3 store"
    return str(error)


def connect(access: ObjectStoreAccess) -> Minio:
    """Returns a client that does not retry, since its callers wait in their own way."""
    address = urlsplit(access.endpoint)
    return Minio(
        address.netloc,
        access_key=access.access_key,
        secret_key=access.secret_key,
        region=access.region,
        secure=address.scheme == "https",
        http_client=urllib3.PoolManager(timeout=Timeout(stretched(5)), retries=False),
    )
