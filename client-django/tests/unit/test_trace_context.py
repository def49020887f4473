"""The context of a request or job carries its ids to the calls that it makes (W3C Trace Context)."""

import re

from client.observability import context

TRACEPARENT = f"00-{'a' * 32}-{'b' * 16}-00"


def test_a_call_has_the_ids_of_its_context_and_a_span_of_its_own() -> None:
    assert context.begin(request_id="asked", traceparent=TRACEPARENT) == "asked"
    headers = context.outgoing_headers()
    _, trace, span, flags = headers["traceparent"].split("-")
    assert (headers["x-request-id"], trace, flags) == ("asked", "a" * 32, "00")
    assert span != "b" * 16
    assert context.traceparent() != headers["traceparent"]


def test_malformed_ids_are_replaced() -> None:
    made = context.begin(request_id="two words", traceparent=f"00-{'0' * 32}-{'b' * 16}-01")
    assert re.fullmatch("[0-9a-f]{32}", made)
    assert context.request_id() == made
    assert "0" * 32 not in context.traceparent()
