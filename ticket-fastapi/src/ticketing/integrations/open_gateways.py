"""Creates the gateways that call the real services."""

from __future__ import annotations

import aiohttp
from servicekit.breaker import Breakers, Limits

from ticketing.integrations.gateways import Gateways
from ticketing.integrations.organizer import HttpOrganizers
from ticketing.integrations.organizer_requests import ForgetPreviousKey, OrganizerRequests
from ticketing.integrations.payment import HttpPayments
from ticketing.settings import Settings


def organizer_breakers(settings: Settings) -> Breakers[str]:
    """Returns the breakers of a process, which limit what each organizer may cost it."""
    return Breakers(
        Limits(
            at_once=settings.organizer_calls_at_once,
            failures=settings.organizer_failures_to_pause,
            pause_seconds=settings.organizer_pause_seconds,
        )
    )


def open_gateways(
    settings: Settings,
    http: aiohttp.ClientSession,
    to_organizers: aiohttp.ClientSession,
    breakers: Breakers[str],
    forget_previous_key: ForgetPreviousKey,
) -> Gateways:
    """Returns gateways that call payment over `http`, and organizers, whose addresses others give, over their own."""
    requests = OrganizerRequests(to_organizers, settings.organizer_timeout_seconds, forget_previous_key)
    return Gateways(
        HttpOrganizers(requests, breakers),
        HttpPayments(http, settings.payment_url, settings.payment_api_key.get_secret_value()),
    )
