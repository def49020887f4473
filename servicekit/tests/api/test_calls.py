"""Whatever the other side sends, a call costs a bounded time and a bounded amount of memory."""

from __future__ import annotations

import asyncio
import gzip
import json

import aiohttp
import pytest
from servicekit.http import webhooks
from servicekit.http.addresses import PrivateAddressError, is_public, require_public
from servicekit.http.calls import MOST_BYTES, Answer, NoAnswerError, call, open_session
from support.raw_server import head, raw_server

SECRET = "whsec_dGVzdHMtd2ViaG9vay1zZWNyZXQtMDEyMzQ1Njc4OQ=="
MEGABYTE = b"x" * 2**20


async def answer_of(url: str, *, seconds: float = 20, allow_private: bool = True) -> Answer:
    async with open_session(allow_private=allow_private) as session:
        return await call(session, "GET", url, seconds=seconds, headers={})


async def test_an_answer_has_its_status_and_body() -> None:
    async with raw_server(head("409 Conflict"), b'{"type": ', b'"declined"}') as server:
        answer = await answer_of(server.url)
    assert (answer.status, json.loads(answer.body), answer.is_success) == (409, {"type": "declined"}, False)
    assert b"Accept-Encoding: identity\r\n" in server.requests[0].replace(b"accept-encoding", b"Accept-Encoding")


async def test_no_more_than_the_limit_is_read_of_an_answer_however_long_it_is() -> None:
    async with raw_server(head(), *[MEGABYTE] * 64) as server:
        with pytest.raises(NoAnswerError, match="longer than"):
            await answer_of(server.url)
        assert server.sent < 32 * len(MEGABYTE), "the connection was not closed"


async def test_an_answer_of_exactly_the_limit_is_read() -> None:
    async with raw_server(head(), b"x" * MOST_BYTES) as server:
        assert len((await answer_of(server.url)).body) == MOST_BYTES


async def test_a_compressed_answer_is_refused_and_not_expanded() -> None:
    bomb = gzip.compress(bytes(2**20))
    async with raw_server(head("200 OK", "content-encoding: gzip"), bomb) as server:
        with pytest.raises(NoAnswerError, match="compressed"):
            await answer_of(server.url)


async def test_endless_headers_are_refused() -> None:
    async with raw_server(b"HTTP/1.1 200 OK\r\nx-long: ", MEGABYTE) as server:
        with pytest.raises(NoAnswerError):
            await answer_of(server.url)


@pytest.mark.parametrize("pieces", [(), (head(),), (head(), b"{")], ids=["nothing", "head", "part of the body"])
async def test_an_answer_that_does_not_end_is_given_up_at_the_deadline(pieces: tuple[bytes, ...]) -> None:
    async with raw_server(*pieces, ends=False) as server, asyncio.timeout(15):
        with pytest.raises(NoAnswerError, match="TimeoutError"):
            await answer_of(server.url, seconds=0.1)


async def test_a_redirect_is_not_followed() -> None:
    async with raw_server(head("200 OK"), b"secret") as other:
        async with raw_server(head("302 Found", f"location: {other.url}")) as server:
            assert (await answer_of(server.url)).status == 302
        assert other.requests == []


async def test_the_status_alone_decides_on_a_webhook_and_little_of_a_refusal_is_stored() -> None:
    async with open_session(allow_private=True) as session:
        for status, success in (("200 OK", True), ("500 Internal Server Error", False)):
            async with raw_server(head(status), *[MEGABYTE] * 64) as server:
                outcome = await webhooks.send(session, webhooks.Receiver(server.url, SECRET), "msg_1", "{}")
                assert server.sent < 32 * len(MEGABYTE), "the connection was not closed"
            assert (outcome.status_code == 200) is success
            assert outcome.error == (None if success else "x" * webhooks.ERROR_LENGTH)


async def test_a_compressed_refusal_of_a_webhook_is_not_expanded() -> None:
    refusal = head("500 Internal Server Error", "content-encoding: gzip")
    async with open_session(allow_private=True) as session, raw_server(refusal, gzip.compress(MEGABYTE)) as server:
        outcome = await webhooks.send(session, webhooks.Receiver(server.url, SECRET), "msg_1", "{}")
    assert outcome.status_code == 500
    assert outcome.error
    assert "xxxx" not in outcome.error


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:93.184.215.14"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


PRIVATE = (
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1"),
    *("255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"),
    *("2002:7f00:1::", "2001:db8::1"),
)


@pytest.mark.parametrize("address", PRIVATE)
def test_other_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "[::1]"])
async def test_a_host_with_a_private_address_is_refused_however_it_is_written(host: str) -> None:
    with pytest.raises(PrivateAddressError):
        await require_public(f"http://{host}:8003/x")


async def test_a_public_host_and_one_without_an_address_are_accepted() -> None:
    await require_public("https://93.184.215.14/holds")
    await require_public("https://no-such-host.invalid/holds")


async def test_no_connection_is_made_to_a_private_address() -> None:
    async with raw_server(head(), b"secret") as server:
        assert (await answer_of(server.url)).body == b"secret"
        with pytest.raises(NoAnswerError, match="not a public address"):
            await answer_of(server.url, allow_private=False)
        assert len(server.requests) == 1


async def test_a_name_that_resolves_to_a_private_address_only_later_is_refused_at_the_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The name has a public address when it is registered (DNS rebinding)."""
    async with raw_server(head(), b"secret") as server:
        port = int(server.url.rstrip("/").rpartition(":")[2])
        loopback = {
            "hostname": "later.example",
            "host": "127.0.0.1",
            "port": port,
            "family": 2,
            "proto": 6,
            "flags": 0,
        }

        async def resolve(*_: object, **__: object) -> list[dict[str, object]]:
            return [loopback]

        monkeypatch.setattr(aiohttp.ThreadedResolver, "resolve", resolve)
        monkeypatch.setattr(aiohttp.AsyncResolver, "resolve", resolve, raising=False)
        url = f"http://later.example:{port}/"
        assert (await answer_of(url)).body == b"secret"
        with pytest.raises(NoAnswerError, match="not a public address"):
            await answer_of(url, allow_private=False)
