"""Whoever starts the platform with the keys of this repository is told so, by each service that has one."""

from __future__ import annotations

import pytest

from tests.compose.compose_stack import ComposeStack

pytestmark = pytest.mark.timeout(2400)

HOLDERS = {
    "client": ("SECRET_KEY", "TICKET_API_KEY", "CLIENT_WEBHOOK_SECRET", "VIEWER_ADDRESS_SECRET"),
    "client-worker": ("SECRET_KEY", "TICKET_API_KEY", "CLIENT_WEBHOOK_SECRET"),
    "ticket": ("API_KEYS", "PAYMENT_API_KEY", "TICKET_WEBHOOK_SECRET", "S3_SECRET_KEY"),
    "ticket-worker": ("API_KEYS", "PAYMENT_API_KEY", "CLIENT_WEBHOOK_SECRET", "S3_SECRET_KEY"),
    "frontend": ("VIEWER_ADDRESS_SECRET",),
    "organizer": ("ORGANIZER_API_KEY",),
    "payment": ("API_KEYS", "WEBHOOK_SECRET"),
    "payment-worker": ("API_KEYS", "WEBHOOK_SECRET"),
}
"""Some of the public variables of each service; contracts/README.md says which count."""


@pytest.mark.parametrize("service", HOLDERS)
def test_a_service_with_public_keys_warns_once_at_its_start(containers: ComposeStack, service: str) -> None:
    warnings = [line for line in containers.project.log(service).splitlines() if "settings.public_keys" in line]
    assert len(warnings) == 1
    assert [name for name in HOLDERS[service] if name not in warnings[0]] == []
    assert "demo-" not in warnings[0]
