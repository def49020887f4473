"""The state of one action of a person, kept outside the runs of the script.

When somebody clicks again, Streamlit starts a new run beside the old one, which continues until it next calls
Streamlit. What the old run would have shown is lost, and the new run would do everything again. So the state of the
action is here, where both runs see it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from time import monotonic
from typing import Generic, TypeVar

from frontend.api.errors import ClientError, Refused, ServiceUnreachable

T = TypeVar("T")

DOUBLE_CLICK_SECONDS = 0.4
"""A click so soon after an outcome was meant for what the viewer saw before: it is half of a double click."""


@dataclass
class Action(Generic[T]):
    """The tries of one button, and the outcome of the last one.

    A click counts only for the try for which the button was drawn; `tries` grows with each try. `results` has the
    result of the last try until somebody has used it; `failure` says why there is none.
    """

    tries: int = 0
    failure: ClientError | None = None
    results: list[T] = field(default_factory=list, repr=False)
    settled_at: float = -inf

    @property
    def has_just_settled(self) -> bool:
        """Returns whether the last try ended so recently that a click may be the second half of a double click."""
        return monotonic() - self.settled_at < DOUBLE_CLICK_SECONDS

    def carry_out(self, do: Callable[[], T]) -> None:
        """Calls `do`, which must not call Streamlit, because Streamlit could end the run in the middle of it.

        `SessionExpired` is passed on, because the end of the sign-in is no outcome of the action.
        """
        self.tries += 1
        self.forget_outcome()
        try:
            self.results = [do()]
        except (Refused, ServiceUnreachable) as error:
            self.failure = error
        finally:
            self.settled_at = monotonic()

    def forget_outcome(self) -> None:
        """Forgets the outcome of the last try."""
        self.failure, self.results = None, []
