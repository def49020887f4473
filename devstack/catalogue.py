"""Finds out whether the catalogue is empty."""

import json

from devstack import local_http
from devstack.environment import StackEnvironment
from devstack.failures import StackFailure

ANSWER_SECONDS = 30


def is_empty(stack: StackEnvironment) -> bool:
    """Whether the client service lists no event."""
    try:
        url = f"{stack.ports.url('client')}/api/v1/events"
        status, body = local_http.get(url, ANSWER_SECONDS)
        if status != local_http.OK:
            raise ValueError(f"the client service answered {status}")
        return not json.loads(body)["items"]
    except (OSError, ValueError, KeyError) as error:
        raise StackFailure(f"The list of events could not be read: {error}.", stack.home.log("client")) from error
