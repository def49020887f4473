"""The address that the service believes: every vector of contracts/viewer_address.json."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import RequestFactory
from servicekit.viewer_address import counted_as

from client.edge.viewers import viewer_address

CONTRACT = json.loads((Path(__file__).parents[3] / "contracts" / "viewer_address.json").read_text())
CONNECTION = "198.51.100.1"


def address_of(vector: dict[str, Any], **headers: str) -> str:
    sent = {**vector["headers"], **headers}
    request = RequestFactory(REMOTE_ADDR=CONNECTION).generic(vector["method"], vector["target"], headers=sent)
    with time_machine.travel(vector["now"], tick=False):
        return viewer_address(request)


@pytest.mark.parametrize("vector", CONTRACT["vectors"], ids=lambda vector: vector["name"])
def test_an_address_is_believed_only_with_its_signature(setting: Callable[..., None], vector: dict[str, Any]) -> None:
    setting(viewer_address_secret=" ".join(vector["secrets"]))
    expected = counted_as(vector["expected"]) if vector["expected"] else CONNECTION
    assert address_of(vector) == expected, vector["reason"]


@pytest.mark.parametrize("vector", CONTRACT["counted"], ids=lambda vector: vector["address"])
def test_addresses_are_counted_as_the_contract_says(vector: dict[str, str]) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR=vector["address"])
    assert viewer_address(request) == vector["counted_as"], vector["reason"]


def test_without_a_signature_the_address_is_that_of_the_trusted_proxys_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    from rest_framework.settings import api_settings

    forged = next(vector for vector in CONTRACT["vectors"] if vector["name"] == "another-address")
    assert address_of(forged, **{"X-Forwarded-For": "192.0.2.9"}) == CONNECTION
    monkeypatch.setattr(api_settings, "NUM_PROXIES", 1)
    assert address_of(forged, **{"X-Forwarded-For": "192.0.2.66, 192.0.2.9"}) == "192.0.2.9"
