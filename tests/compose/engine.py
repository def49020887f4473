"""The Docker engine and compose of this machine, and the base images, wherever they come from."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
STAND_INS = REPOSITORY.parent / "shared" / "tools" / "docker-here"
"""Makes local stand-ins for base images on a machine that reaches no image registry; used where it is present."""
REAL_MINIO = STAND_INS.with_name("minio-here")

COMMAND_SECONDS = 120
PULL_SECONDS = 600
BUILD_SECONDS = 1800


def run(*command: str, seconds: float = COMMAND_SECONDS, environment: Mapping[str, str] | None = None) -> str:
    """The output of a command; its last lines in the error when it fails."""
    done = subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=seconds, check=False
    )
    if done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-25:])
        raise RuntimeError(f"{' '.join(command)} failed ({done.returncode}):\n{tail}")
    return done.stdout


def compose_command() -> list[str]:
    """Compose v2 where it is installed, else 1.29."""
    plugin = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
    if plugin.returncode == 0:
        return ["docker", "compose"]
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    raise RuntimeError("Neither `docker compose` nor `docker-compose` is installed.")


def provide_base_images() -> None:
    """Every image that the compose file and the Dockerfile start from is here afterwards: pulled, or a stand-in."""
    missing = [name for name in base_images() if not is_here(name)]
    if not missing:
        return
    if not STAND_INS.exists():
        for name in missing:
            run("docker", "pull", "--quiet", name, seconds=PULL_SECONDS)
        return
    # A real MinIO server, if this machine can build one, becomes the stand-in for MinIO's image.
    subprocess.run([str(REAL_MINIO)], capture_output=True, timeout=PULL_SECONDS, check=False)
    # It also meets the names of our own images, which it cannot make; only what is missing afterwards counts.
    subprocess.run([str(STAND_INS), "images", "."], cwd=REPOSITORY, timeout=BUILD_SECONDS, check=False)
    still = [name for name in missing if not is_here(name)]
    if still:
        raise RuntimeError(f"No base image and no stand-in for {', '.join(still)}.")


def base_images() -> list[str]:
    """The images that we do not build ourselves."""
    compose = (REPOSITORY / "docker-compose.yml").read_text()
    recipe = (REPOSITORY / "docker" / "Dockerfile").read_text()
    named = re.findall(r"^\s*image:\s*(\S+)", compose, re.MULTILINE) + re.findall(r"^FROM (\S+)", recipe, re.MULTILINE)
    return sorted({name for name in named if ":" in name})


def is_here(image: str) -> bool:
    return subprocess.run(["docker", "image", "inspect", image], capture_output=True, check=False).returncode == 0
