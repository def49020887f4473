"""The state of one action of a person, kept outside of the script's runs.

When somebody clicks again, Streamlit begins a new run beside the old one, which goes on until it next touches
Streamlit: what the old run would have shown is lost, and the new run would do everything once more. So what is under
way and what came of it stands here, where both runs see it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from frontend.api.errors import ClientError, Refused, ServiceUnreachable

T = TypeVar("T")


@dataclass
class Action(Generic[T]):
    """One button's tries and the outcome of the last one.

    A click counts only for the try that its button was drawn for; `tries` grows with each try. `results` has what the
    last try returned until somebody has acted upon it, `failure` why there is nothing.
    """

    tries: int = 0
    failure: ClientError | None = None
    results: list[T] = field(default_factory=list, repr=False)

    def carry_out(self, do: Callable[[], T]) -> None:
        """Call `do`, which must not touch Streamlit: Streamlit could end the run in the middle of it.

        A sign-in that has ended is no outcome: `SessionExpired` is passed on.
        """
        self.tries += 1
        self.forget_outcome()
        try:
            self.results = [do()]
        except (Refused, ServiceUnreachable) as error:
            self.failure = error

    def forget_outcome(self) -> None:
        """Forget the outcome of the last try."""
        self.failure, self.results = None, []
