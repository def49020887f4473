"""The ids of a request are kept if they are well formed, and replaced otherwise."""

from __future__ import annotations

import re

import pytest
from servicekit.tracing import current_trace, new_trace, running_trace, tracing

TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
WELL_FORMED = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01")


def test_well_formed_ids_are_kept() -> None:
    trace = new_trace("a-Request_1.2", TRACEPARENT)
    assert (trace.request_id, trace.traceparent) == ("a-Request_1.2", TRACEPARENT)
    assert trace.trace_id == "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize("flags", ["00", "01"])
def test_every_call_gets_a_span_of_its_own_in_the_same_trace_with_the_same_flags(flags: str) -> None:
    trace = new_trace("a-Request_1.2", f"{TRACEPARENT[:-2]}{flags}")
    calls = [trace.headers() for _ in range(2)]
    assert {call["x-request-id"] for call in calls} == {"a-Request_1.2"}
    assert all(call["traceparent"].startswith(f"00-{trace.trace_id}-") for call in calls)
    assert all(call["traceparent"].endswith(f"-{flags}") for call in calls)
    spans = {header.split("-")[2] for header in (trace.traceparent, *(call["traceparent"] for call in calls))}
    assert len(spans) == 3


def test_a_later_version_of_the_header_is_read_as_far_as_it_is_known() -> None:
    assert new_trace(None, f"01{TRACEPARENT[2:]}-more").traceparent == TRACEPARENT


@pytest.mark.parametrize("request_id", [None, "", "x" * 65, "two words", "é", "id\n"])
def test_a_missing_or_malformed_request_id_is_replaced(request_id: str | None) -> None:
    assert re.fullmatch("[0-9a-f]{32}", new_trace(request_id).request_id)


@pytest.mark.parametrize(
    "traceparent",
    [
        None,
        "",
        TRACEPARENT[:-1],
        TRACEPARENT.upper(),
        f"{TRACEPARENT}-more",
        f"{TRACEPARENT}, {TRACEPARENT}",
        f"ff{TRACEPARENT[2:]}",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
    ],
)
def test_a_missing_or_invalid_traceparent_is_replaced(traceparent: str | None) -> None:
    made = new_trace("the-request", traceparent).traceparent
    assert made != traceparent
    assert WELL_FORMED.fullmatch(made)


def test_the_current_trace_is_that_of_the_block_and_a_new_one_outside() -> None:
    trace = new_trace()
    with tracing(trace):
        assert current_trace() is running_trace() is trace
    assert running_trace() is None
    assert current_trace() != current_trace()
