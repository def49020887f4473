"""`./dev up` in front of a person: starts, watches, and stops everything when it is told to end."""

import signal
import time
from contextlib import suppress
from types import FrameType

from devstack import orphans, summary
from devstack.failures import StackFailure
from devstack.stack import Stack
from devstack.steps import out, step

ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LOOK_EVERY_SECONDS = 1


def run(stack: Stack, *, detach: bool) -> None:
    """Starts the stack; without `detach` it lives exactly as long as this call."""
    for number in ENDING_SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:  # nohup asks to survive a hang-up
            signal.signal(number, _end)
    is_left_running = False
    try:
        started = stack.up()
        is_left_running = detach
        summary.show(started, how_to_stop="`./dev down` stops it." if detach else "Ctrl-C stops it.")
        if not detach:
            _watch(stack)
    except KeyboardInterrupt as told:
        out.print(f"\n· {told}: stopping")
        raise
    finally:
        # From the moment that it is up: a signal that comes while the summary is still being shown counts as well.
        if stack.was_started() and not is_left_running:
            _ignore_signals()
            with step("stopping everything"):
                stack.down()


def _watch(stack: Stack) -> None:
    """Returns when somebody else stops the stack; tells of every process that had to be started again."""
    known: dict[str, int] = {}
    while stack.is_up():
        # While the supervisor is going away it does not answer, and then the stack is no longer up.
        with suppress(StackFailure):
            for state in stack.states():
                if state.pid and state.pid != known.setdefault(state.name, state.pid):
                    out.print(f"[yellow]·[/] {state.name} had ended and was started again")
                    known[state.name] = state.pid
        time.sleep(LOOK_EVERY_SECONDS)
    if stack.was_started() and not stack.supervisor.is_running():
        orphans.end(stack.home)
        raise StackFailure("The process supervisor was killed; everything it had started has been ended.")


def _end(number: int, _frame: FrameType | None) -> None:
    """Says nothing itself: it may have come in the middle of a line that is being written."""
    _ignore_signals()
    raise KeyboardInterrupt(signal.Signals(number).name)


def _ignore_signals() -> None:
    """A second Ctrl-C must not cut the clean-up short."""
    for number in ENDING_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
