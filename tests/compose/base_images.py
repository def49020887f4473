"""The images of others that the compose file and the Dockerfile start from, wherever they come from."""

from __future__ import annotations

import re
import subprocess

from tests.compose import engine, real_python
from tests.compose.engine import REPOSITORY

STAND_INS = REPOSITORY.parent / "shared" / "tools" / "docker-here"
"""Makes local stand-ins for base images on a machine that reaches no image registry; used where it is present."""
REAL_MINIO = STAND_INS.with_name("minio-here")
PULL_SECONDS = 600


def provide() -> None:
    """Every image that is not ours is here afterwards: pulled, or a stand-in, as close to it as this machine can."""
    missing = [name for name in named() if not engine.is_here(name)]
    if missing and STAND_INS.exists():
        _make_stand_ins(missing)
    else:
        for name in missing:
            engine.run("docker", "pull", "--quiet", name, seconds=PULL_SECONDS)
    real_python.put_into(python_image())


def _make_stand_ins(missing: list[str]) -> None:
    # A real MinIO server, if this machine can build one, becomes the stand-in for MinIO's image.
    subprocess.run([str(REAL_MINIO)], capture_output=True, timeout=PULL_SECONDS, check=False)
    # It also meets the names of our own images, which it cannot make; only what is missing afterwards counts.
    subprocess.run([str(STAND_INS), "images", "."], cwd=REPOSITORY, timeout=engine.BUILD_SECONDS, check=False)
    still = [name for name in missing if not engine.is_here(name)]
    if still:
        raise RuntimeError(f"No base image and no stand-in for {', '.join(still)}.")


def named() -> list[str]:
    """The images that we do not build ourselves."""
    compose = (REPOSITORY / "docker-compose.yml").read_text()
    found = re.findall(r"^\s*image:\s*(\S+)", compose, re.MULTILINE)
    return sorted({name for name in (*found, python_image()) if ":" in name})


def python_image() -> str:
    """The one image that every stage of the Dockerfile starts from."""
    recipe = (REPOSITORY / "docker" / "Dockerfile").read_text()
    images = set(re.findall(r"^FROM (\S+:\S+)", recipe, re.MULTILINE))
    if len(images) != 1:
        raise ValueError(f"The Dockerfile starts from {images or 'no image'}")
    return str(images.pop())


def declared_python() -> str:
    """The version that the Dockerfile's image promises, such as `3.13`."""
    return real_python.version_named_by(python_image())


def store_is_minio() -> bool:
    """Whether MinIO's image here holds MinIO, and not a stand-in without accounts and console."""
    (image,) = (name for name in named() if "/minio" in name)
    return not engine.succeeds("docker", "run", "--rm", "--entrypoint", "sh", image, "-c", "command -v rclone")


def is_stand_in(image: str) -> bool:
    """Whether an image was made on this machine in the place of a published one, which has a digest of its registry."""
    return engine.run("docker", "image", "inspect", "--format", "{{len .RepoDigests}}", image).strip() == "0"
