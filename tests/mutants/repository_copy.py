"""A copy of the repository whose files may be changed, and pytest runs in it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from devstack.deadlines import stretched
from devstack.home import REPOSITORY
from devstack.junit import Results, read
from devstack.locks import KIT
from devstack.pytest_session import OWN_PLUGINS, UNUSED_PLUGINS
from tests.mutants.catalogue import Mutant

LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".dev", ".dev-*", "__pycache__", ".pytest_cache", "*.pdf", "*.mp4")
SECONDS = 300
OUTPUT_KEPT = 6000


@dataclass(frozen=True)
class Run:
    """The outcome of one run of pytest."""

    status: int
    results: Results
    output: str


@dataclass(frozen=True)
class RepositoryCopy:
    """A copy of the repository at `path`."""

    path: Path
    environment: Mapping[str, str]
    _times: Iterator[int] = field(default_factory=lambda: count(int(time.time())))

    @classmethod
    def make(cls, path: Path, environment: Mapping[str, str]) -> RepositoryCopy:
        """Copies the repository as it stands in the working tree, without what is made from it."""
        shutil.copytree(REPOSITORY, path, ignore=LEFT_OUT, symlinks=True)
        (path / ".venv").symlink_to(REPOSITORY / ".venv")
        return cls(path, environment)

    @contextmanager
    def without_guard(self, mutant: Mutant) -> Iterator[None]:
        """The file of the mutant is changed while the block runs."""
        file = self.path / mutant.file
        original = file.read_text("utf-8")
        self._write(file, mutant.applied_to(original))
        try:
            yield
        finally:
            self._write(file, original)

    def _write(self, file: Path, text: str) -> None:
        # Python takes a compiled module for current if size and second of the change agree.
        file.write_text(text, "utf-8")
        moment = next(self._times)
        os.utime(file, (moment, moment))

    def run(self, folder: str, tests: Sequence[str], report: Path) -> Run:
        """Runs these tests in a folder of the copy."""
        where = self.path / folder
        source = where / "src" if (where / "src").is_dir() else where
        paths = (source, self.path / KIT / "src", self.path)
        environment = {**self.environment, "PYTHONPATH": os.pathsep.join(map(str, paths)), "TEST_LENGTH": "full"}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        plugins = (*OWN_PLUGINS, *(f"no:{name}" for name in (*UNUSED_PLUGINS, "cacheprovider")))
        options = [option for plugin in plugins for option in ("-p", plugin)]
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                *options,
                "-q",
                "--tb=short",
                "-o",
                "junit_family=xunit1",
                f"--junitxml={report}",
                *tests,
            ],
            cwd=where,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=stretched(SECONDS) * max(1, len(tests) // 4),
        )
        return Run(done.returncode, read(report, folder), done.stdout[-OUTPUT_KEPT:])
