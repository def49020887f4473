"""The Python that the Dockerfile names, put into the stand-in for its base image where that has another one."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.compose import engine

PLACE = "import sys; print('{}.{}'.format(*sys.version_info), sys.base_prefix)"
SHARED_FOLDERS = ("/usr", "/usr/local")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "test", "tests", "idlelib", "tkinter", "turtledemo", "*.a")
BARE = "ticketing-test/python-stand-in"
# As in the image of that name: a shared library below /usr/local, found by the loader, with its header files.
RECIPE = f"""
FROM {BARE}
RUN rm -f /usr/local/bin/python /usr/local/bin/python3 /usr/local/bin/pip
COPY prefix/ /usr/local/
RUN ldconfig && ln -sf python3 /usr/local/bin/python && python -c "import bz2, ctypes, lzma, sqlite3, ssl, zlib"
"""


def version_named_by(image: str) -> str:
    """`3.13` for `python:3.13-slim-bookworm`."""
    found = re.search(r"python:(\d+\.\d+)", image)
    if not found:
        raise ValueError(f"{image} does not name a version of Python")
    return found[1]


def version_in(image: str) -> str:
    """Major and minor version of `python` in an image."""
    said = engine.run("docker", "run", "--rm", "--entrypoint", "python", image, "--version")
    return ".".join(said.split()[1].split(".")[:2])


def put_into(image: str) -> None:
    """Replaces the image by one with the version that it names, if it has another and this machine has that version.

    If the machine does not have it either, the image stays as it is, and the test that compares the versions says so.
    """
    version = version_named_by(image)
    if version_in(image) == version:
        return
    prefix = _installation(version)
    if prefix is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(prefix, Path(folder) / "prefix", symlinks=True, ignore=LEFT_OUT)
        (Path(folder) / "Dockerfile").write_text(RECIPE)
        engine.run("docker", "tag", image, BARE)
        engine.run("docker", "build", "--quiet", "--tag", image, folder, seconds=engine.BUILD_SECONDS)


def _installation(version: str) -> Path | None:
    """The folder of a Python of this version that has one for itself; a distribution's own lies between other files."""
    for program in _programs(version):
        said = subprocess.run([program, "-c", PLACE], capture_output=True, text=True, check=False)
        if said.returncode == 0:
            found, prefix = said.stdout.split(maxsplit=1)
            if found == version and prefix.strip() not in SHARED_FOLDERS:
                return Path(prefix.strip())
    return None


def _programs(version: str) -> Iterator[str]:
    """Where pyenv and uv put versions of Python, and what is on PATH, which may be a shim that does not work."""
    home = Path.home()
    for folder, pattern in (
        (home / ".pyenv/versions", version),
        (home / ".local/share/uv/python", f"cpython-{version}"),
    ):
        yield from map(str, sorted(folder.glob(f"{pattern}.*/bin/python3")))
    if on_path := shutil.which(f"python{version}"):
        yield on_path
