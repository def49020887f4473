"""Pages of the catalogue are cached for a moment."""

import threading

import pytest

from client.catalog.cache import MAX_ENTRIES, PageCache
from client.domain.errors import TicketUnavailableError


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
    cache = PageCache(source_is_unreachable=lambda: away[0])

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


def test_the_memory_of_pages_has_an_end() -> None:
    cache = PageCache()
    for number in range(MAX_ENTRIES + 10):
        cache.get(str(number), seconds=60, load=lambda: b"x")
    assert len(cache._entries) == MAX_ENTRIES
