"""Whether a service's lock has all that the service imports: its modules are imported with nothing else installed.

The image installs the lock alone, while the development environment has the packages of every service and tool, so a
missing line shows nowhere else before the image is built. An environment is made of links to the packages that are
installed here, which takes a moment, needs no network, and finds the same modules: the locks share their versions.
"""

import ast
import json
import os
import subprocess
import sys
import sysconfig
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from devstack.deadlines import stretched
from devstack.home import REPOSITORY
from devstack.locks import KIT

SECONDS = 120
SITE = Path(sysconfig.get_path("purelib"))
INSTALLED_AS = {"psycopg2": "psycopg2-binary"}
"""Here PostgreSQL's driver is a wheel; the image builds it. Its modules are the same."""
BY_NAME = {
    "client-django": ("argon2", "gunicorn.app.wsgiapp"),
    "ticket-fastapi": ("uvloop",),
    "payment-aiohttp": (),
    "frontend-streamlit": ("streamlit.web.cli", "streamlit.web.server.starlette.starlette_server", "uvicorn"),
}
"""What a process imports although no module of the service names it."""
SCRIPTS = "app_pages"
"""Streamlit runs the files of this folder."""
IMPORT = """
import importlib, json, os, sys
given = json.loads(sys.argv[1])
sys.path[:0] = given["path"]
if "DJANGO_SETTINGS_MODULE" in os.environ:
    importlib.import_module("django").setup()
for name in given["names"]:
    try:
        importlib.import_module(name)
    except ImportError as error:
        sys.exit(f"{name} cannot be imported with the packages of the lock: {error}")
"""


def missing(service: str, environment: Mapping[str, str], lock: Path | None = None) -> str:
    """Returns what could not be imported, an empty text if everything could."""
    source = REPOSITORY / service / "src"
    source = source if source.is_dir() else REPOSITORY / service
    with tempfile.TemporaryDirectory(prefix="ticketing-lock-") as name:
        folder = Path(name)
        link_packages(lock or REPOSITORY / service / "requirements.lock", folder)
        given = {
            "path": [str(source), str(REPOSITORY / KIT / "src"), name],
            "names": [*BY_NAME[service], *modules(source)],
        }
        settings = {"DJANGO_SETTINGS_MODULE": "config.settings"} if service == "client-django" else {}
        done = subprocess.run(
            # Isolated: neither PYTHONPATH nor the packages of the development environment.
            [sys.executable, "-I", "-S", "-c", IMPORT, json.dumps(given)],
            cwd=source,
            env={**os.environ, **environment, **settings},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            timeout=stretched(SECONDS),
        )
    return "" if done.returncode == 0 else done.stderr or f"exit status {done.returncode}"


def modules(source: Path) -> list[str]:
    """Returns the modules of a service. In place of scripts, which run at once, those are named that they import."""
    packages = [folder for folder in source.iterdir() if (folder / "__init__.py").is_file() and folder.name != "tests"]
    files = [file for package in packages for file in package.rglob("*.py") if "migrations" not in file.parts]
    scripts = [*source.glob("*.py"), *(file for file in files if file.name == "__main__.py" or SCRIPTS in file.parts)]
    named = {
        ".".join(file.relative_to(source).with_suffix("").parts).removesuffix(".__init__")
        for file in set(files) - set(scripts)
    }
    return sorted(named.union(*map(_imported, scripts)))


def _imported(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def link_packages(lock: Path, folder: Path) -> None:
    """Makes `folder` hold what the lock installs, as links."""
    for name in _locked(lock):
        distribution = _installed().get(INSTALLED_AS.get(name, name))
        if distribution is None:
            continue  # for another system; a package that this one needs is missed by whoever imports it
        for file in distribution.files or ():
            whole = file.parts[0]
            if whole == "..":
                continue  # a program, which stands beside the packages
            # Several packages may share a folder; only the files of this one are meant.
            part = Path(*file.parts) if _owners()[whole] > 1 else Path(whole)
            if part.suffix == ".pyc":
                continue
            (folder / part).parent.mkdir(parents=True, exist_ok=True)
            if not (folder / part).is_symlink():
                (folder / part).symlink_to(SITE / part)


def _locked(lock: Path) -> Iterator[str]:
    for line in lock.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith((" ", "#")):
            wanted = Requirement(line.removesuffix("\\").strip())
            if wanted.marker is None or wanted.marker.evaluate():
                yield canonicalize_name(wanted.name)


@cache
def _installed() -> dict[str, Distribution]:
    return {canonicalize_name(each.metadata["Name"]): each for each in distributions(path=[str(SITE)])}


@cache
def _owners() -> Counter[str]:
    """Counts the packages that have something in each folder of the development environment."""
    return Counter(
        top for each in _installed().values() for top in {file.parts[0] for file in each.files or ()} if top != ".."
    )
