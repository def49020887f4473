"""The other services that a booking needs."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from ticketing.settings import Settings


@dataclass(frozen=True, slots=True)
class Gateways:
    """Clients of the organizers' systems and of the payment service."""


def open_gateways(settings: Settings, http: httpx.AsyncClient) -> Gateways:
    """The real ones, which call over `http`."""
    return Gateways()
