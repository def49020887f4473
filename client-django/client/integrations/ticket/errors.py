from client.errors import DomainError
from client.integrations.ticket.models import TicketProblem


class TicketRefusedError(DomainError):
    """Ticket understood and said no: its problem document, to be passed on or to be read."""

    def __init__(self, problem: TicketProblem) -> None:
        self.problem = problem
        super().__init__(problem.detail or problem.title)
