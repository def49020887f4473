"""The compose tests find what a machine has, and report what it lacks."""

from pathlib import Path

import pytest

from devstack import capabilities

NOTHING = Path("/nowhere/at-all")


class Machine:
    """A folder of programs, which is the whole PATH."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made = folder / "compose-was-made"

    def install(self, name: str, script: str) -> Path:
        program = self.folder / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        return program

    def install_docker(self, plugins: str) -> None:
        """Installs a Docker command with an engine that answers and with these plug-ins."""
        self.install("docker", f'case " info {plugins} " in *" $1 "*) exit 0 ;; esac\n[ -e {self.made} ]')


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(capabilities, "ENGINE_STARTER", NOTHING)
    monkeypatch.setattr(capabilities, "COMPOSE_MAKER", NOTHING)
    return Machine(tmp_path)


def test_without_an_engine_nothing_runs(machine: Machine) -> None:
    assert capabilities.missing("compose") == "no Docker engine answers on this machine"


def test_the_current_compose_is_enough(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    machine.install_docker("compose buildx")
    assert capabilities.missing("compose") is None
    assert capsys.readouterr().out == ""


def test_an_engine_without_any_compose_is_not_enough(machine: Machine) -> None:
    machine.install_docker("")
    assert capabilities.missing("compose") == "neither `docker compose` nor `docker-compose` on this machine"


@pytest.mark.parametrize("plugins", ["", "compose"])
def test_an_older_compose_is_accepted_with_a_note_about_skipped_tests(
    machine: Machine, plugins: str, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.install_docker(plugins)
    machine.install("docker-compose", "exit 0")
    assert capabilities.missing("compose") is None
    assert "what only the current Compose does is not tested" in " ".join(capsys.readouterr().out.split())


def test_the_current_compose_is_built_if_possible(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.install_docker("")
    monkeypatch.setattr(capabilities, "COMPOSE_MAKER", machine.install("maker", f": > {machine.made}"))
    assert capabilities.missing("compose") is None
    assert "trying to build it" in capsys.readouterr().out
    assert machine.made.exists()
