"""`./dev check` finds a contract vector that a service does not run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from devstack import contract_vectors
from devstack.home import REPOSITORY

HELD_TO = {"shapes.json": {"round": ("kit", "shop"), "square": ("shop",)}}
READ = 'import json, pathlib\nDOCUMENT = json.loads(pathlib.Path("contracts/shapes.json").read_text())\n'
BOTH = READ + "VECTORS = DOCUMENT['round'] + DOCUMENT['square']\n@given(VECTORS)\ndef test_all(vector): ...\n"
ROUND = READ + "def helper():\n    return DOCUMENT['round']\n\ndef test_round():\n    assert helper()\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts/shapes.json").write_text(json.dumps({"$comment": "", "round": [1], "square": [2]}))
    for folder, text in (("kit", ROUND), ("shop", BOTH)):
        (tmp_path / folder / "tests/unit").mkdir(parents=True)
        (tmp_path / folder / "tests/unit/test_shapes.py").write_text(text)
    return tmp_path


def test_every_vector_of_this_repository_is_run() -> None:
    assert contract_vectors.missing(REPOSITORY) == []


def test_nothing_is_missing_where_tests_run_all(repository: Path) -> None:
    assert contract_vectors.missing(repository, HELD_TO) == []


@pytest.mark.parametrize(
    "text",
    [
        READ + "ROUND = DOCUMENT['round']\n\ndef test_round():\n    assert ROUND\n",
        READ + "SQUARE = DOCUMENT['square']\n\ndef test_round():\n    assert DOCUMENT['round']\n",
        BOTH.replace("shapes.json", "colours.json"),
        "",
    ],
    ids=["not named", "named outside of the tests", "of another contract", "no test"],
)
def test_a_list_that_a_service_does_not_run_is_named(repository: Path, text: str) -> None:
    (repository / "shop/tests/unit/test_shapes.py").write_text(text)
    found = contract_vectors.missing(repository, HELD_TO)
    assert "shop: no test runs square of contracts/shapes.json" in found


def test_a_list_that_nobody_is_said_to_run_is_named(repository: Path) -> None:
    (repository / "contracts/shapes.json").write_text(json.dumps({"round": [1], "square": [2], "oval": [3]}))
    assert contract_vectors.missing(repository, HELD_TO) == ["contracts/shapes.json: it is not said who runs oval"]


def test_the_check_fails_when_a_service_loses_its_tests_of_a_contract(tmp_path: Path) -> None:
    for folder in ("contracts", *(f"{folder}/tests" for folder in contract_vectors.ALL)):
        shutil.copytree(REPOSITORY / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "payment-aiohttp/tests/api/test_texts.py").unlink()
    assert sorted(contract_vectors.missing(tmp_path)) == [
        "payment-aiohttp: no test runs one_line of contracts/text.json",
        "payment-aiohttp: no test runs vectors of contracts/email.json",
    ]
