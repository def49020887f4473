from client.domain.errors import DomainError


class TooManyViewersError(DomainError):
    """This process, or the address of the viewer, has as many viewers of seat maps as it may have."""

    detail = "Too many people look at seat maps right now. Please try again in a moment."
