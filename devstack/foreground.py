"""`./dev up` in the foreground: starts the stack, watches it, and stops it at the end."""

import signal
import time
from types import FrameType

from devstack import orphans, summary
from devstack.failures import StackFailure
from devstack.stack import Stack
from devstack.steps import out, step

ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LOOK_EVERY_SECONDS = 1


def run(stack: Stack, *, detach: bool) -> None:
    """Starts the stack; without `detach`, stops it when this call ends."""
    for number in ENDING_SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:  # nohup asks to survive a hang-up
            signal.signal(number, _end)
    is_left_running = False
    try:
        started = stack.up()
        is_left_running = detach
        # Read before the summary, so that the death of a process while it is printed is reported too.
        pids = _pids(stack)
        summary.show(started, how_to_stop="`./dev down` stops it." if detach else "Ctrl-C stops it.")
        if not detach:
            _watch(stack, pids)
    except KeyboardInterrupt as interruption:
        out.print(f"\n· {interruption}: stopping")
        raise
    finally:
        # Asks the stack rather than `started`, so that a signal during the start or the summary also counts.
        if stack.was_started() and not is_left_running:
            _ignore_signals()
            with step("stopping everything"):
                stack.down()


def _watch(stack: Stack, pids: dict[str, int]) -> None:
    """Returns when the stack is stopped from elsewhere; reports every process that was started again since `pids`."""
    while stack.is_up():
        found = _pids(stack)
        for name, pid in found.items():
            if pid != pids.get(name, pid):
                out.print(f"[yellow]·[/] {name} had ended and was started again")
        pids = {**pids, **found}
        time.sleep(LOOK_EVERY_SECONDS)
    if stack.was_started() and not stack.supervisor.is_running():
        orphans.end(stack.home)
        raise StackFailure("The process supervisor was killed; everything it had started has been ended.")


def _pids(stack: Stack) -> dict[str, int]:
    """Returns the process id of each process that runs; none if the supervisor is just shutting down."""
    try:
        return {state.name: state.pid for state in stack.states() if state.pid}
    except StackFailure:
        return {}


def _end(number: int, _frame: FrameType | None) -> None:
    """Handles a signal without printing, since a line may be half written."""
    _ignore_signals()
    raise KeyboardInterrupt(signal.Signals(number).name)


def _ignore_signals() -> None:
    """Ignores further signals, so that a second Ctrl-C does not interrupt the clean-up."""
    for number in ENDING_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
