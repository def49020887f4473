"""`./dev` without an environment reports everything that is missing in one sentence."""

import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

from devstack.home import REPOSITORY

SLOW_TO_IMPORT = ("minio", "httpx", "psycopg", "streamlit")


@pytest.fixture
def launcher(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    spec = spec_from_loader("launcher", SourceFileLoader("launcher", str(REPOSITORY / "dev")))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "VENV", str(tmp_path / ".venv"))
    monkeypatch.setattr(module, "VENV_PYTHON", str(tmp_path / ".venv/bin/python"))
    monkeypatch.setattr(module, "MARKER", str(tmp_path / ".venv/.installed-from"))
    return module


def test_with_only_an_old_python_the_required_version_is_named(
    launcher: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launcher.shutil, "which", lambda _name: None)
    with pytest.raises(launcher.Refusal, match=r"Python 3\.11 or newer is needed"):
        launcher.restart_with_newer_python()


def test_the_installer_is_pinned_with_its_hashes(launcher: ModuleType) -> None:
    lines = launcher.pinned("uv").splitlines()
    assert lines[0].startswith("uv==")
    assert len(lines) > 5
    assert all("--hash=sha256:" in line for line in lines[1:])


def test_another_lock_file_makes_the_environment_stale(launcher: ModuleType, tmp_path: Path) -> None:
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").symlink_to(sys.executable)
    (tmp_path / ".venv/.installed-from").write_text("one")
    assert launcher.is_installed("one")
    assert not launcher.is_installed("other")


@pytest.mark.parametrize("output", ["The virtual environment was not created because ensurepip is not available."])
def test_with_an_incomplete_python_the_package_to_install_is_named(
    launcher: ModuleType, monkeypatch: pytest.MonkeyPatch, output: str
) -> None:
    failed = subprocess.CompletedProcess([], 1, stdout=output)
    monkeypatch.setattr(launcher.subprocess, "run", lambda *_arguments, **_options: failed)
    with pytest.raises(launcher.Refusal, match="apt install python3"):
        launcher.make_venv()


def test_it_can_be_started_from_any_folder(tmp_path: Path) -> None:
    done = subprocess.run([REPOSITORY / "dev", "--help"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "reconcile" in done.stdout


def test_a_command_starts_without_the_libraries_that_take_long_to_import() -> None:
    program = f"import sys, devstack.cli; print([name for name in {SLOW_TO_IMPORT} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True)
    assert done.stdout == "[]\n"
