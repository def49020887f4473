"""Finds out whether the catalogue is empty."""

import httpx

from devstack.deadlines import stretched
from devstack.environment import StackEnvironment
from devstack.failures import StackFailure

ANSWER_SECONDS = 30


def is_empty(stack: StackEnvironment) -> bool:
    """Whether the client service lists no event."""
    try:
        url = f"{stack.ports.url('client')}/api/v1/events"
        answer = httpx.get(url, timeout=stretched(ANSWER_SECONDS), trust_env=False)
        answer.raise_for_status()
        return not answer.json()["items"]
    except (httpx.HTTPError, ValueError, KeyError) as error:
        raise StackFailure(f"The list of events could not be read: {error}.", stack.home.log("client")) from error
