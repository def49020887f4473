"""The account of somebody who sits before the browser, used from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.browser.dashboard import PASSWORD
from tests.support.client_api import ClientApi
from tests.support.world import World


@contextmanager
def signed_in(world: World, email: str) -> Iterator[ClientApi]:
    """The same person in a second place, with a sign-in of their own."""
    api = ClientApi.sign_in(world.stack.environment.client_url, email=email, password=PASSWORD)
    try:
        yield api
    finally:
        api.close()
