"""Pages of the catalogue are cached for a moment."""

import threading

import pytest

from client.catalog.cache import MOST_BYTES, MOST_ENTRIES, PageCache
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


def kept_bytes(cache: PageCache) -> int:
    """Returns the sum over the pages themselves; the cache must count the same."""
    total = sum(len(entry.page.body) for entry in cache._entries.values() if entry.page)
    assert cache._bytes == total
    return total


def test_a_thousand_different_pages_take_no_more_memory_than_the_limits() -> None:
    cache = PageCache()
    for number in range(1000):
        page = cache.get(f"events?limit={number}", seconds=60, load=lambda: bytes(100_000))
        assert len(page.body) == 100_000
        assert kept_bytes(cache) <= MOST_BYTES
    for number in range(1000):
        cache.get(f"events?cursor={number}", seconds=60, load=lambda: b"x")
        assert len(cache._entries) <= MOST_ENTRIES
    assert kept_bytes(cache) <= MOST_BYTES


def test_the_pages_that_were_asked_for_last_are_kept() -> None:
    cache = PageCache()
    for number in range(MOST_ENTRIES):
        cache.get(str(number), seconds=60, load=lambda: b"old")
    cache.get("0", seconds=60, load=lambda: b"new")
    cache.get("one more", seconds=60, load=lambda: b"new")
    assert cache.get("0", seconds=60, load=lambda: b"new").body == b"old"
    assert cache.get("1", seconds=60, load=lambda: b"new").body == b"new"


def test_a_page_that_is_larger_than_all_may_be_is_given_and_not_kept() -> None:
    cache = PageCache()
    assert len(cache.get("k", seconds=60, load=lambda: bytes(MOST_BYTES + 1)).body) == MOST_BYTES + 1
    assert kept_bytes(cache) == 0


def test_a_page_that_was_loaded_while_the_cache_was_emptied_is_given_and_not_kept() -> None:
    cache = PageCache()

    def load() -> bytes:
        cache.clear()
        return b"old"

    assert cache.get("k", seconds=60, load=load).body == b"old"
    assert kept_bytes(cache) == 0
    assert cache.get("k", seconds=60, load=lambda: b"new").body == b"new"
    assert cache.get("k", seconds=60, load=lambda: b"newer").body == b"new"
    assert kept_bytes(cache) == 3


def test_a_page_that_is_loaded_again_counts_once() -> None:
    cache = PageCache(clock=iter(range(1000)).__next__)
    for _ in range(10):
        cache.get("k", seconds=0, load=lambda: b"12345")
    assert kept_bytes(cache) == 5


def test_a_page_that_is_wanted_anew_is_loaded_once_more_and_kept_for_all() -> None:
    clock = [0.0]
    cache = PageCache(clock=lambda: clock[0])
    answers = iter([b"1", b"2"])
    assert cache.get("k", seconds=2, load=lambda: next(answers)).body == b"1"
    assert cache.get("k", seconds=2, load=lambda: next(answers), anew=True).body == b"2"
    clock[0] = 1.9
    assert cache.get("k", seconds=2, load=lambda: next(answers)).body == b"2"
