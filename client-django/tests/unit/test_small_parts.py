import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from client.bookings.deadlines import next_check
from client.catalog.cache import MAX_ENTRIES, PageCache
from client.domain.booking import BookingStatus, RefundStatus
from client.domain.errors import TicketUnavailableError
from client.domain.seat import seat_label
from client.edge.throttles import parse_rate
from client.notifications.texts import at, money
from client.observability import context
from client.ticket_api.models import TicketProblem
from client.ticket_api.reachability import Reachability
from config.env import Environment

OVER = {BookingStatus.FAILED, BookingStatus.EXPIRED, BookingStatus.CANCELLED}
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (750000, "IDR", "Rp750.000"),
        (0, "IDR", "Rp0"),
        (1250, "EUR", "12.50 EUR"),
        (5, "USD", "0.05 USD"),
        (900, "JPY", "900 JPY"),
    ],
)
def test_money_is_written_as_people_write_it(amount: int, currency: str, text: str) -> None:
    assert money(amount, currency) == text


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("Asia/Jakarta", "23 November 2026, 17:00 WIB"),
        ("Asia/Makassar", "23 November 2026, 18:00 WITA"),
        ("Europe/Amsterdam", "23 November 2026, 11:00 CET"),
        ("Asia/Kathmandu", "23 November 2026, 15:45 UTC+0545"),
        ("UTC", "23 November 2026, 10:00 UTC"),
    ],
)
def test_a_time_is_told_in_the_zone_of_the_documents_with_its_name(
    setting: Callable[..., None], zone: str, text: str
) -> None:
    setting(document_time_zone=zone)
    assert at(NOW) == text


def test_messages_are_in_jakarta_time_by_default() -> None:
    assert Environment.model_fields["document_time_zone"].default == "Asia/Jakarta"


def test_a_seat_is_named_by_what_is_known_of_it() -> None:
    assert seat_label({"section": "Balkon", "row": "A", "number": 7}) == "Balkon A 7"
    assert seat_label({"id": "x"}) == "a seat"


@pytest.mark.parametrize("status", [status for status in BookingStatus if status not in OVER | {BookingStatus.BOOKED}])
def test_every_state_that_is_not_final_has_a_deadline(status: BookingStatus) -> None:
    for hold in (None, NOW - timedelta(hours=1), NOW + timedelta(minutes=15)):
        due = next_check(status=status, now=NOW, hold_expires_at=hold, refund_status=None, has_document=False)
        assert due is not None
        assert due > NOW


@pytest.mark.parametrize("status", sorted(OVER))
def test_a_final_state_expects_nothing_unless_money_is_on_its_way_back(status: BookingStatus) -> None:
    facts = {"now": NOW, "hold_expires_at": NOW, "has_document": False}
    assert next_check(status=status, refund_status=None, **facts) is None  # type: ignore[arg-type]
    assert next_check(status=status, refund_status=RefundStatus.REFUNDED, **facts) is None  # type: ignore[arg-type]
    assert next_check(status=status, refund_status=RefundStatus.PENDING, **facts) is not None  # type: ignore[arg-type]


def test_a_booked_one_expects_its_document_and_then_nothing() -> None:
    facts = {"status": BookingStatus.BOOKED, "now": NOW, "hold_expires_at": NOW, "refund_status": None}
    assert next_check(**facts, has_document=False) is not None  # type: ignore[arg-type]
    assert next_check(**facts, has_document=True) is None  # type: ignore[arg-type]


def test_a_page_is_remembered_for_its_time_and_a_failure_is_not() -> None:
    clock = [0.0]
    cache = PageCache(clock=lambda: clock[0])
    answers = iter([b"1", b"2"])
    assert cache.get("k", seconds=2, load=lambda: next(answers)).body == b"1"
    clock[0] = 1.9
    assert cache.get("k", seconds=2, load=lambda: next(answers)).body == b"1"
    clock[0] = 2.0
    with pytest.raises(ZeroDivisionError):
        cache.get("k", seconds=2, load=lambda: bytes(1 // 0))
    assert cache.get("k", seconds=2, load=lambda: next(answers)).body == b"2"


def test_while_the_source_is_away_nobody_waits_for_anothers_load() -> None:
    away, loading, go_on = [False], threading.Event(), threading.Event()
    cache = PageCache(source_is_away=lambda: away[0])

    def load() -> bytes:
        loading.set()
        assert go_on.wait(10)
        return b"x"

    first = threading.Thread(target=lambda: cache.get("k", seconds=60, load=load))
    first.start()
    assert loading.wait(10)
    away[0] = True
    with pytest.raises(TicketUnavailableError):
        cache.get("k", seconds=60, load=load)
    go_on.set()
    first.join(10)
    assert cache.get("k", seconds=60, load=load).body == b"x"


def test_while_ticket_is_silent_one_reader_a_second_asks_and_the_others_fail_at_once() -> None:
    clock = [10.0]
    reachability = Reachability(clock=lambda: clock[0])
    with reachability.reading():
        reachability.no_answer(since=10.0)
    assert reachability.is_lost()
    with pytest.raises(TicketUnavailableError), reachability.reading():
        pytest.fail("nobody asks within a second")
    clock[0] = 11.0
    with reachability.reading(), pytest.raises(TicketUnavailableError), reachability.reading():
        pytest.fail("one asks already")
    with reachability.reading():
        reachability.restore()
    assert not reachability.is_lost()
    with reachability.reading(), reachability.reading():
        pass


def test_one_slow_answer_is_no_silence_while_others_are_answered() -> None:
    clock = [10.0]
    reachability = Reachability(clock=lambda: clock[0])
    clock[0] = 12.0
    reachability.restore()
    reachability.no_answer(since=11.0)
    assert not reachability.is_lost()


def test_the_memory_of_pages_has_an_end() -> None:
    cache = PageCache()
    for number in range(MAX_ENTRIES + 10):
        cache.get(str(number), seconds=60, load=lambda: b"x")
    assert len(cache._entries) == MAX_ENTRIES


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


def test_rates_are_read() -> None:
    assert [parse_rate(rate) for rate in ("3/s", "10/min", "5/hour", "1/d")] == [
        (3, 1),
        (10, 60),
        (5, 3600),
        (1, 86400),
    ]


def test_extension_members_of_a_problem_are_kept_apart_from_the_standard_ones() -> None:
    problem = TicketProblem.model_validate(
        {"type": "seat-unavailable", "status": 409, "request_id": "theirs", "instance": "/x", "seat_ids": ["a"]}
    )
    assert problem.members() == {"seat_ids": ["a"]}


def test_the_real_password_hasher_is_argon2_with_modest_memory() -> None:
    from client.accounts.hashers import ModestArgon2PasswordHasher

    hasher = ModestArgon2PasswordHasher()
    encoded = hasher.encode("gamelan-at-midnight", hasher.salt())
    assert encoded.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert hasher.verify("gamelan-at-midnight", encoded)
    assert not hasher.verify("gamelan-at-noon", encoded)
