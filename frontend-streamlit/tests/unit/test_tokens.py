"""Tokens are renewed once, although many calls find them stale."""

import threading

from frontend.api.models import TokenPair
from frontend.api.tokens import TokenRegistry, Tokens


def test_concurrent_renewals_exchange_the_refresh_token_once() -> None:
    tokens = Tokens(access="old", refresh="r1")
    entered, go_on = threading.Event(), threading.Event()
    exchanged: list[str] = []

    def exchange(refresh: str) -> TokenPair:
        exchanged.append(refresh)
        entered.set()
        go_on.wait(5)
        return TokenPair(access="new", refresh="r2")

    results: list[str] = []
    runs = [threading.Thread(target=lambda: results.append(tokens.renew("old", exchange))) for _ in range(8)]
    for run in runs:
        run.start()
    assert entered.wait(5)
    go_on.set()
    for run in runs:
        run.join(5)
    assert exchanged == ["r1"]
    assert results == ["new"] * 8
    assert tokens.refresh == "r2"


def test_a_service_that_does_not_rotate_keeps_the_refresh_token() -> None:
    tokens = Tokens(access="old", refresh="r1")
    assert tokens.renew("old", lambda _: TokenPair(access="new")) == "new"
    assert tokens.refresh == "r1"


def test_two_tabs_with_the_same_cookie_share_their_tokens() -> None:
    registry = TokenRegistry()
    first = registry.share("r1", lambda: Tokens("", "r1"))
    assert registry.share("r1", lambda: Tokens("", "r1")) is first


def test_signing_out_forgets_every_refresh_token_of_the_person() -> None:
    registry = TokenRegistry()
    tokens = registry.share("r1", lambda: Tokens("a", "r1"))
    registry.remember("r2", tokens)
    registry.forget(tokens)
    assert registry.share("r1", lambda: Tokens("b", "r1")) is not tokens
    assert registry.share("r2", lambda: Tokens("c", "r2")) is not tokens


def test_the_registry_forgets_the_longest_unused_beyond_its_capacity() -> None:
    registry = TokenRegistry(capacity=2)
    kept = [registry.share(name, lambda: Tokens("a", "r")) for name in ("r1", "r2")]
    registry.share("r1", lambda: Tokens("a", "r"))
    registry.share("r3", lambda: Tokens("a", "r"))
    assert registry.share("r1", lambda: Tokens("a", "r")) is kept[0]
    assert registry.share("r2", lambda: Tokens("a", "r")) is not kept[1]
