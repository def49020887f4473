"""From nothing to a ticket under the last version of the old `docker-compose`, with keys of one's own.

The other tests run once, under the newest Compose.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from devstack import compose_environment
from tests.compose import compose_versions
from tests.compose.compose_stack import compose_stack
from tests.compose.project import EXAMPLE, read_settings
from tests.support.world import World

pytestmark = pytest.mark.timeout(2400)


def test_the_old_compose_brings_up_the_platform_with_random_keys(tmp_path: Path) -> None:
    compose = compose_versions.old()
    if compose is None:
        pytest.skip("docker-compose 1.29 is not installed here")
    settings = tmp_path / "random.env"
    compose_environment.write(settings)
    with compose_stack(compose, "ticketing-test-old", settings) as stack:
        assert not re.search("pull", stack.start_report, re.IGNORECASE)
        public = [value for value in read_settings(EXAMPLE).values() if compose_environment.is_public(value)]
        for container in stack.project.containers():
            values = " ".join(container["Config"]["Env"])
            assert [value for value in public if value in values] == [], container["Name"]
        world = World(stack)
        world.calm()
        buyer = world.buyer()
        booking = world.book_and_pay(buyer, 0)
        assert world.event.name in world.document_text(buyer, booking.id)
        assert "are public" not in stack.project.log("ready")
        assert stack.project.value("STAFF_PASSWORD") not in stack.project.log("ready")
        stack.check(deadline_seconds=120)
        world.close()
    assert stack.project.containers() == []
