from pydantic import ValidationError

from client.domain.errors import DomainError
from client.ticket_api.models import TicketBooking, TicketProblem

NOT_FOUND = 404


class TicketRefusedError(DomainError):
    """Ticket understood and said no: its problem document, to be passed on or to be read."""

    def __init__(self, problem: TicketProblem) -> None:
        self.problem = problem
        super().__init__(problem.detail or problem.title)

    @property
    def is_unknown(self) -> bool:
        """Whether ticket has nothing under the id."""
        return self.problem.status == NOT_FOUND

    def booking(self) -> TicketBooking | None:
        """The stored booking that the refusal is about, where ticket shows it."""
        shown = (self.problem.model_extra or {}).get("booking")
        try:
            return TicketBooking.model_validate(shown) if shown else None
        except ValidationError:
            return None
