"""The S3 server of a stack: MinIO if it is installed, otherwise rclone, a Python wheel. Both verify signatures."""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from devstack.failures import StackFailure
from devstack.home import Home
from devstack.ports import HOST

COLLECTS_EARLY = {"GOGC": "50"}
"""Both stores are Go programs; with this they collect garbage when their memory has grown by half, not only when it has
doubled.
"""


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
            {
                "MINIO_ROOT_USER": access_key,
                "MINIO_ROOT_PASSWORD": secret_key,
                "MINIO_UPDATE": "off",
                **COLLECTS_EARLY,
            },
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
        {"RCLONE_AUTH_KEY": f'"{access_key},{secret_key}"', **COLLECTS_EARLY},
        has_console=False,
    )


def _made(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
