"""`./dev check` finds vectors of a contract that a service does not run."""

from pathlib import Path

import pytest

from devstack import vectors
from devstack.vectors import HELD, not_run

HEAD = 'TIME = json.loads(Path("contracts/time.json").read_text())\n'
RUN = HEAD + '@pytest.mark.parametrize("vector", {values})\ndef test_it(vector): ...\n'


def test_every_service_runs_what_it_is_held_to() -> None:
    assert not_run() == []


def test_nothing_is_run_where_there_are_no_tests(tmp_path: Path) -> None:
    assert len(not_run(tmp_path)) == sum(len(held.folders) * len(held.lists) for held in HELD)


@pytest.mark.parametrize(
    ("text", "is_run"),
    [
        (RUN.format(values='TIME["vectors"]'), True),
        (RUN.format(values='TIME["zones"] + TIME["vectors"]'), True),
        (RUN.format(values='[*TIME["vectors"], None]'), True),
        (RUN.format(values="ALL").replace("@", 'ALL = TIME["vectors"]\n@'), True),
        (RUN.format(values='TIME["vectors"][:1]'), False),
        (RUN.format(values='[each for each in TIME["vectors"] if each["language"] == "en"]'), False),
        (RUN.format(values='TIME["vectors"]').replace("time.json", "money.json"), False),
        (RUN.format(values='TIME["vectors"]').replace("test_it", "it"), False),
        (HEAD + '# TIME["vectors"]\n', False),
    ],
)
def test_a_list_counts_only_if_a_test_runs_the_whole_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, is_run: bool
) -> None:
    monkeypatch.setattr(vectors, "HELD", (vectors.Held("time.json", ("vectors",), ("service",)),))
    (tmp_path / "service/tests/unit").mkdir(parents=True)
    (tmp_path / "service/tests/unit/test_time.py").write_text(text)
    assert (not_run(tmp_path) == []) is is_run
