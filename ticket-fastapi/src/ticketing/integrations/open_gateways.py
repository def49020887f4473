"""Creates the gateways that call the real services."""

from __future__ import annotations

import aiohttp

from ticketing.integrations.gateways import Gateways
from ticketing.integrations.organizer import HttpOrganizers
from ticketing.integrations.payment import HttpPayments
from ticketing.settings import Settings


def open_gateways(settings: Settings, http: aiohttp.ClientSession) -> Gateways:
    """Returns gateways that call over `http`."""
    return Gateways(
        HttpOrganizers(http, settings.organizer_api_key.get_secret_value(), settings.organizer_timeout_seconds),
        HttpPayments(http, settings.payment_url, settings.payment_api_key.get_secret_value()),
    )
