"""Which addresses webhooks are sent to (contracts/README.md)."""

from __future__ import annotations

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from conftest import SERVICE_KEY
from payments.http.application import create_app
from payments.services import open_services
from payments.settings import Settings
from pydantic import ValidationError
from servicekit.http.webhooks import Receiver, send
from sqlalchemy.ext.asyncio import AsyncEngine
from support.payment_api import PaymentApi
from support.webhook_receiver import WebhookReceiver

CONFIG = "/api/v1/config/webhook"
PLAIN = ["http://user@x.test/hook", "http://x.test/hook?a=b", "http://x.test/hook#part"]


@pytest.mark.parametrize("url", PLAIN)
async def test_a_receiver_with_a_user_a_query_or_a_fragment_is_refused(api: PaymentApi, url: str) -> None:
    status, problem = await api.call("PUT", CONFIG, json={"url": url})
    assert (status, problem["errors"][0]["field"]) == (422, "url")


@pytest.mark.parametrize("url", PLAIN)
def test_such_a_receiver_ends_the_start(base_settings: Settings, url: str) -> None:
    given = base_settings.model_dump() | {"webhook_url": url}
    with pytest.raises(ValidationError, match="webhook_url"):
        Settings.model_validate(given)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.0.0.5", "[::1]"])
async def test_a_private_receiver_is_refused_unless_a_setting_allows_it(
    settings: Settings, engine: AsyncEngine, host: str
) -> None:
    strict = settings.model_copy(update={"allow_private_addresses": False})
    headers = {"authorization": f"Bearer {SERVICE_KEY}"}
    async with (
        TestServer(create_app(strict)) as server,
        aiohttp.ClientSession(server.make_url("/"), headers=headers) as client,
    ):
        api = PaymentApi(client)
        status, problem = await api.call("PUT", CONFIG, json={"url": f"http://{host}:8001/webhooks/payment"})
        assert (status, problem["errors"][0]["code"]) == (422, "private_address")
        status, _ = await api.call("PUT", CONFIG, json={"url": "https://93.184.215.14/webhooks/payment"})
        assert status == 200


async def test_no_webhook_is_sent_to_a_private_address_unless_a_setting_allows_it(
    settings: Settings, engine: AsyncEngine, receiver: WebhookReceiver
) -> None:
    strict = settings.model_copy(update={"allow_private_addresses": False})
    async with open_services(strict, "payment-tests") as services:
        outcome = await send(services.http, Receiver(receiver.url, receiver.secret), "msg_1", "{}")
    assert outcome.status_code is None
    assert "not a public address" in (outcome.error or "")
    assert receiver.received == []
