"""A pytest plugin that `./dev test` loads: it stretches the time-outs of tests like other deadlines."""

import pytest
import pytest_timeout

from devstack.deadlines import stretched


@pytest.hookimpl(tryfirst=True)
def pytest_timeout_set_timer(item: pytest.Item, settings: pytest_timeout.Settings) -> object:
    """Makes pytest-timeout wait longer on a busy machine."""
    return pytest_timeout.pytest_timeout_set_timer(item, settings._replace(timeout=stretched(settings.timeout)))
