"""What a connection of a server does, and how long each of these phases may take."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """What a connection does. A phase that takes too long ends the connection."""

    IDLE = "idle"
    """No byte of the next request has come."""
    HEADER = "header"
    BODY = "body"
    RESPONSE = "response"
    """The application works at the response, or the other side reads it."""


@dataclass(frozen=True, slots=True)
class PhaseSeconds:
    """How long each phase may take, from its first byte to its last."""

    idle: float
    header: float
    body: float
    response: float
