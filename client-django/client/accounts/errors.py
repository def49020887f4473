from client.domain.errors import DomainError, InvalidFieldError


class EmailTakenError(DomainError):
    detail = "There is an account with this e-mail address already."


class InvalidCredentialsError(DomainError):
    detail = "No active account has this e-mail address and password."


class InvalidTokenError(DomainError):
    detail = "The token is wrong, expired, used up or belongs to an account that is closed."


class OwnAccountError(DomainError):
    detail = "Staff cannot take away their own access. Ask a colleague."


class UnknownCustomerError(InvalidFieldError):
    """Ticket published an event about a customer who has no account here."""

    def __init__(self) -> None:
        super().__init__("data.customer.id", "unknown", "Nobody here has this id.")
