"""Whether there is anything to buy, and the step that puts it there."""

import sys

import httpx

from devstack import service_environment
from devstack.environment import DEMO_EMAIL, DEMO_PASSWORD, STAFF_EMAIL, STAFF_PASSWORD, StackEnvironment
from devstack.failures import StackFailure
from devstack.home import REPOSITORY
from devstack.processes import Step

ANSWER_SECONDS = 30


def is_empty(stack: StackEnvironment) -> bool:
    """Whether the client service knows no event."""
    try:
        answer = httpx.get(f"{stack.ports.url('client')}/api/v1/events", timeout=ANSWER_SECONDS, trust_env=False)
        answer.raise_for_status()
        return not answer.json()["items"]
    except (httpx.HTTPError, ValueError, KeyError) as error:
        raise StackFailure(f"The list of events could not be read: {error}.", stack.home.log("client")) from error


def seeding(stack: StackEnvironment) -> Step:
    """Loads `seeds/` through the public interfaces."""
    return Step(
        "seeds",
        "seeds",
        [sys.executable, "seeds/load.py"],
        REPOSITORY,
        {
            **service_environment.base(stack),
            "CLIENT_URL": stack.ports.url("client"),
            "ORGANIZER_URL": stack.ports.url("organizer"),
            "STAFF_EMAIL": STAFF_EMAIL,
            "STAFF_PASSWORD": STAFF_PASSWORD,
            "DEMO_EMAIL": DEMO_EMAIL,
            "DEMO_PASSWORD": DEMO_PASSWORD,
        },
    )
