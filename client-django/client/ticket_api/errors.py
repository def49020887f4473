from pydantic import ValidationError

from client.domain.errors import DomainError
from client.ticket_api.models import TicketBooking, TicketProblem

NOT_FOUND = 404


class TicketRefusedError(DomainError):
    """Ticket refused the request. `problem` is its problem document."""

    def __init__(self, problem: TicketProblem) -> None:
        self.problem = problem
        super().__init__(problem.detail or problem.title)

    @property
    def is_unknown(self) -> bool:
        """Returns whether ticket knows nothing with this id."""
        return self.problem.status == NOT_FOUND

    def booking(self) -> TicketBooking | None:
        """Returns the stored booking that the refusal names, if ticket included it."""
        shown = (self.problem.model_extra or {}).get("booking")
        try:
            return TicketBooking.model_validate(shown) if shown else None
        except ValidationError:
            return None
