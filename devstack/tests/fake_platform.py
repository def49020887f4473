"""A fake platform of two tiny services, for tests of starting and stopping; as a program it is its `./dev up`."""

import os
import sys
from pathlib import Path

from devstack import foreground, prepared, service_environment
from devstack.environment import StackEnvironment
from devstack.failures import StackFailure
from devstack.home import REPOSITORY, Home
from devstack.ports import HOST
from devstack.processes import Plan, Process, Step
from devstack.stack import Stack
from devstack.steps import report

FAILING_STEP = "FAKE_STEP_FAILS"
MIGRATION = "print('about to end')"
FOLDER = Path(__file__).parent


def plan(stack: StackEnvironment) -> Plan:
    """Returns the plan: one step, a service that answers, and a worker that does nothing."""
    base = {**service_environment.base(stack), "PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-m", "devstack.tests.fake_service"]
    status = "7" if stack.given.get(FAILING_STEP) else "0"
    migration = [sys.executable, "-c", f"{MIGRATION}; import sys; sys.exit({status})"]
    return Plan(
        migrations=[Step("migrate-client", "client migrations", migration, FOLDER, base)],
        services=[
            Process(
                "client",
                [*command, "serve", HOST, str(stack.ports.of("client"))],
                REPOSITORY,
                {**base, **service_environment.client(stack)},
                f"{stack.ports.url('client')}/readyz",
                ("client",),
            ),
            Process("client-worker", [*command, "work"], REPOSITORY, base),
        ],
        seeds=None,
    )


def stack(home: Home, **given: str) -> Stack:
    """Returns the stack of the fake platform in a home."""
    return Stack(home, {prepared.VARIABLE: str(prepared.shared_folder()), **given}, plan)


def main(arguments: list[str]) -> int:
    """Runs `up [--detach]`."""
    try:
        foreground.run(Stack(Home.from_environment(os.environ), dict(os.environ), plan), detach="--detach" in arguments)
    except StackFailure as failure:
        report(failure)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
