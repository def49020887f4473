"""A pytest plugin that `./dev test` loads: the garbage collector looks less often, and only at what tests made.

Modules and collected tests are hundreds of thousands of objects that live as long as the session. Each full collection
would visit all of them, which is up to a seventh of a session's processor time.
"""

import gc

import pytest

OBJECTS_BETWEEN_COLLECTIONS = 20_000
"""Python's own number, 700, is for processes that have little memory."""


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Exempts from collection what exists when the first test begins."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
