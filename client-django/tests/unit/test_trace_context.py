"""A trace is continued, or a new one begins (W3C Trace Context)."""

import pytest

from client.observability import context


@pytest.mark.parametrize(
    "traceparent",
    [
        "",
        "x",
        "00-0-0-01",
        f"00-{'0' * 32}-b7ad6b7169203331-01",
        f"00-{'a' * 32}-{'0' * 16}-01",
        f"01-{'a' * 32}-{'b' * 16}-01",
    ],
)
def test_a_malformed_trace_is_replaced_by_a_new_one(traceparent: str) -> None:
    context.begin(traceparent=traceparent)
    version, trace, span, flags = context.traceparent().split("-")
    assert (version, len(trace), len(span), flags) == ("00", 32, 16, "01")
    assert set(trace) not in ({"0"}, {"a"})


def test_a_trace_goes_on_with_a_new_span_and_its_flags() -> None:
    context.begin(traceparent=f"00-{'a' * 32}-{'b' * 16}-00")
    _, trace, span, flags = context.traceparent().split("-")
    assert (trace, flags) == ("a" * 32, "00")
    assert span != "b" * 16
