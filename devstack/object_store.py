"""The S3 server of a stack: MinIO if it is installed, otherwise rclone, a Python wheel. Both verify signatures."""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.error import MinioException, S3Error
from urllib3.exceptions import HTTPError
from urllib3.util import Timeout

from devstack.deadlines import stretched
from devstack.environment import ObjectStoreAccess
from devstack.failures import StackFailure
from devstack.home import Home
from devstack.ports import HOST

REFUSALS_OF_KEYS = frozenset({"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch"})
REFUSALS_OF_REGION = frozenset({"AuthorizationHeaderMalformed", "IllegalLocationConstraintException"})


@dataclass(frozen=True)
class ObjectStoreServer:
    """How to run the server; `environment` contains the credentials, which the process list therefore does not show."""

    command: list[str]
    environment: dict[str, str]
    has_console: bool


def console_runs(home: Home) -> bool:
    """Whether the stack's own object store is MinIO, which has a web console."""
    return (home.object_store / "minio").exists()


def server(folder: Path, port: int, console_port: int, access_key: str, secret_key: str) -> ObjectStoreServer:
    """Returns the server for `folder`: the program that has filled it, since the two store objects differently."""
    minio = shutil.which("minio")
    if minio and not (folder / "rclone").exists():
        data = _made(folder / "minio")
        return ObjectStoreServer(
            [
                minio,
                "server",
                str(data),
                "--quiet",
                "--address",
                f"{HOST}:{port}",
                "--console-address",
                f"{HOST}:{console_port}",
            ],
            {"MINIO_ROOT_USER": access_key, "MINIO_ROOT_PASSWORD": secret_key, "MINIO_UPDATE": "off"},
            has_console=True,
        )
    if (folder / "minio").exists():
        raise StackFailure(
            f"The PDFs in {folder} were stored by MinIO, which is no longer on PATH; `./dev reset` deletes them."
        )
    rclone = Path(sys.executable).parent / "rclone"
    data = _made(folder / "rclone")
    return ObjectStoreServer(
        [str(rclone), "serve", "s3", "--config", "", "--addr", f"{HOST}:{port}", str(data)],
        {"RCLONE_AUTH_KEY": f'"{access_key},{secret_key}"'},
        has_console=False,
    )


def _made(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


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
