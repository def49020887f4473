from client.domain.errors import DomainError


class IdempotencyKeyReusedError(DomainError):
    detail = "This Idempotency-Key was sent before with another request. Use a new key for a new request."
