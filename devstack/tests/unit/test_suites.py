"""What `./dev test` runs and how it counts."""

import os
from pathlib import Path

import pytest

from devstack import capabilities, pytest_session, suites
from devstack.failures import StackFailure
from devstack.home import REPOSITORY
from devstack.junit import Count
from devstack.pytest_session import Session


def session(folder: Path) -> Session:
    return Session("unit", folder, "tests", folder)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for module in (suites, pytest_session):
        monkeypatch.setattr(module, "REPOSITORY", tmp_path)
    (tmp_path / "tests").mkdir()
    return tmp_path


def test_tests_are_counted_by_their_outcome_and_errors_count_as_failed(folder: Path) -> None:
    (folder / "tests" / "test_it.py").write_text(
        "import pytest\n"
        "def test_passes(): pass\n"
        "def test_fails(): assert 0\n"
        "def test_is_skipped(): pytest.skip('why')\n"
        "@pytest.fixture\n"
        "def broken(): raise RuntimeError\n"
        "def test_has_an_error(broken): pass\n"
    )
    assert pytest_session.run(session(folder), {}, ["-q"]).results.count == Count(1, 2, 1)


def test_what_exists_when_the_first_test_begins_is_exempt_from_garbage_collection(folder: Path) -> None:
    (folder / "tests" / "test_it.py").write_text(
        "import gc\ndef test_it():\n    assert gc.get_freeze_count() > 10_000\n    assert gc.get_threshold()[0] > 700\n"
    )
    environment = {"PATH": os.environ["PATH"]}
    assert pytest_session.run(session(folder), environment, ["-q"]).results.count == Count(passed=1)


def test_at_the_end_stand_why_tests_were_skipped_and_which_failed_then_the_sum(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "tests" / "test_it.py").write_text(
        "import pytest\n"
        "@pytest.mark.parametrize('city', ['Ubud', 'Solo'])\n"
        "def test_of_a_city(city): pytest.skip('no road')\n"
        "@pytest.mark.skip(reason='long form: name the group')\n"
        "def test_long(): pass\n"
        "@pytest.mark.parametrize('number', [1, 2])\n"
        "def test_fails(number): assert number == 2\n"
    )
    monkeypatch.setattr(suites, "sessions", lambda _group: [session(folder)])
    assert not suites.run(["postman"], ["-q"])
    assert capsys.readouterr().out.splitlines()[-6:] == [
        "Skipped:",
        "  2 × no road",
        "  1 × long form: name the group",
        "Failed:",
        "  tests/test_it.py::test_fails[1]",
        "1 passed, 1 failed, 3 skipped",
    ]


def test_the_time_out_of_a_test_is_stretched_like_every_deadline(folder: Path) -> None:
    (folder / "tests" / "test_it.py").write_text(
        "import signal, pytest\n"
        "from devstack import deadlines\n"
        "deadlines._last = (float('inf'), 5.0)\n"
        "@pytest.mark.timeout(100)\n"
        "def test_time_left(): assert 400 < signal.getitimer(signal.ITIMER_REAL)[0] <= 500\n"
    )
    assert pytest_session.run(session(folder), {}, ["-q"]).results.count == Count(1, 0, 0)


def test_what_a_session_has_compiled_is_kept_for_its_processes(folder: Path) -> None:
    (folder / "tests" / "test_it.py").write_text("import sys\ndef test_it(): assert not sys.dont_write_bytecode\n")
    outcome = pytest_session.run(session(folder), {"PYTHONDONTWRITEBYTECODE": "1"}, ["-q"])
    assert outcome.results.count == Count(1, 0, 0)


def test_a_session_that_collects_nothing_has_failed(folder: Path) -> None:
    (folder / "tests" / "test_it.py").write_text("")
    outcome = pytest_session.run(session(folder), {}, ["-q"])
    assert (outcome.results.count, outcome.trouble) == (Count(0, 1, 0), "no test was collected")
    assert outcome.results.failed == ("tests: no test was collected",)


def test_a_session_without_a_test_that_was_asked_for_has_not_failed_unless_there_is_none_at_all(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "two"):
        (folder / name / "tests").mkdir(parents=True)
        (folder / name / "tests" / "test_it.py").write_text(f"def test_{name}(): pass\n")
    found = [Session("postman", folder / name, "tests", folder / name) for name in ("one", "two")]
    monkeypatch.setattr(suites, "sessions", lambda _group: found)
    assert suites.run(["postman"], ["-q", "-k", "two"])
    assert capsys.readouterr().out.splitlines()[-1] == "1 passed, 0 failed, 0 skipped"
    assert not suites.run(["postman"], ["-q", "-k", "three"])
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "  postman: no test was collected",
        "0 passed, 1 failed, 0 skipped",
    ]


def test_a_group_without_any_test_has_failed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(suites, "sessions", lambda _group: [])
    assert not suites.run(["postman"], [])
    assert capsys.readouterr().out.splitlines()[-3:] == [
        "Failed:",
        "  postman: no test was collected",
        "0 passed, 1 failed, 0 skipped",
    ]


def test_sessions_that_run_at_once_are_summed_and_their_outputs_do_not_mix(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    found = []
    for name in ("one", "two", "three"):
        tests = folder / name / "tests"
        tests.mkdir(parents=True)
        (tests / "test_it.py").write_text(f"def test_fails(): assert not '{name}'\ndef test_passes(): pass\n")
        found.append(Session("postman", folder / name, "tests", folder / name))
    monkeypatch.setattr(suites, "sessions", lambda _group: found)
    assert not suites.run(["postman"], ["-q"])
    printed = capfdbinary.readouterr().out.decode()
    assert printed.splitlines()[-1] == "3 passed, 3 failed, 0 skipped"
    for name in ("one", "two", "three"):
        of_one = printed[printed.index(f"postman: {name}/tests") :]
        assert f"assert not '{name}'" in of_one[: of_one.index("1 failed, 1 passed")]


def test_the_longest_sessions_begin_first() -> None:
    groups = [suites.sessions(group) for group in ("unit", "api", "postman", "chaos", "browser", "e2e")]
    order = [found.place for found in suites.in_running_order(groups)]
    assert order[:4] == ["tests/browser", "tests/e2e", "ticket-fastapi/tests/api", "ticket-fastapi/tests/api"]
    units = [found.place for found in groups[0] if found.place != "tests/contracts"]
    for service in ("client-django", "payment-aiohttp", "frontend-streamlit", "devstack"):
        assert order.index(f"{service}/tests/api") < min(order.index(title) for title in units)
    assert len(order) == sum(map(len, groups))


@pytest.mark.parametrize("place", suites.SECOND_PARTS)
def test_a_folder_that_is_split_has_two_sessions_and_both_have_tests(place: str) -> None:
    first, second = (found for found in suites.sessions("api") if found.place == place)
    files = len(list((REPOSITORY / place).rglob("test_*.py")))
    assert 0 < len(second.paths()) < files
    assert first.without == second.only


def test_two_sessions_of_one_folder_collect_what_the_folder_collects(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "tests" / "zoo").mkdir()
    for name, number in (("apples", 1), ("oranges", 2), ("pears", 4), ("zoo/test_zebras", 8)):
        (folder / "tests" / f"{name if '/' in name else f'test_{name}'}.py").write_text(
            f"import pytest\n@pytest.mark.parametrize('number', range({number}))\ndef test_it(number): pass\n"
        )
    monkeypatch.setattr(suites, "SECOND_PARTS", {"tests": "test_[o-z]*.py"})
    parts = suites.parts(session(folder))
    environment = {"PATH": os.environ["PATH"]}
    assert [pytest_session.collected(part, environment) for part in parts] == [9, 6]
    assert pytest_session.collected(session(folder), environment) == 15
    assert len({part.title for part in parts}) == 2


def test_the_pattern_of_a_session_is_printed_as_it_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    for name in ("apples", "oranges"):
        (folder / "tests" / f"test_{name}.py").write_text("def test_it(): pass\n")
    monkeypatch.setattr(suites, "SECOND_PARTS", {"tests": "test_[o-z]*.py"})
    monkeypatch.setattr(suites, "sessions", lambda _group: suites.parts(session(folder)))
    assert suites.run(["postman"], ["-q"])
    printed = capfdbinary.readouterr().out.decode()
    for line in ("· tests/test_[o-z]*.py begins", "unit: tests/test_[o-z]*.py ─", "tests/test_[o-z]*.py: 1 passed"):
        assert line in printed


def test_what_cannot_run_here_is_counted_as_skipped(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "tests" / "test_it.py").write_text("def test_one(): pass\ndef test_two(): pass\n")
    monkeypatch.setattr(suites, "sessions", lambda _group: [session(folder)])
    monkeypatch.setattr(capabilities, "missing", lambda _group: "no Chromium on this machine")
    assert suites.run(["browser"], [])
    assert capsys.readouterr().out.splitlines()[-3:] == [
        "Skipped:",
        "  2 × browser: no Chromium on this machine",
        "0 passed, 0 failed, 2 skipped",
    ]


def test_the_closing_line_names_all_three_numbers() -> None:
    assert (Count(3, 0, 1) + Count(1, 2, 0)).line() == "4 passed, 2 failed, 1 skipped"


def test_named_groups_run_in_their_usual_order() -> None:
    assert suites.chosen_groups(["e2e", "unit"]) == ["unit", "e2e"]


def test_an_unknown_group_is_refused() -> None:
    with pytest.raises(StackFailure, match="no test group everything"):
        suites.chosen_groups(["everything"])


def test_images_are_built_only_when_the_group_is_named(folder: Path) -> None:
    (folder / "tests/compose").mkdir()
    (folder / "tests/compose/test_it.py").touch()
    assert "compose" not in suites.chosen_groups([])
    assert suites.chosen_groups(["compose"]) == ["compose"]


@pytest.mark.usefixtures("folder")
def test_a_group_that_nobody_has_written_runs_only_when_it_is_named() -> None:
    assert suites.chosen_groups([]) == ["unit", "api"]
    assert suites.chosen_groups(["postman"]) == ["postman"]


def test_every_service_has_a_session_of_its_own() -> None:
    folders = [found.folder for found in suites.sessions("unit")]
    assert REPOSITORY / "ticket-fastapi" in folders
    assert REPOSITORY in folders
