"""The cookie that keeps a person signed in."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from frontend.session.cookie import CODES, COOKIE_NAME, ENDPOINT, MOST_BYTES, CookieChange, exchange_code

APP = Starlette(routes=[Route(ENDPOINT, exchange_code, methods=["POST"])])


def exchange(code: str, headers: dict[str, str] | None = None) -> httpx.Response:
    return post(json.dumps({"code": code}).encode(), headers)


def post(body: bytes, headers: dict[str, str] | None = None) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(APP)
        async with httpx.AsyncClient(transport=transport, base_url="http://dashboard") as browser:
            return await browser.post(ENDPOINT, content=body, headers=headers)

    return asyncio.run(ask())


def test_a_code_becomes_a_cookie_that_no_script_and_no_other_site_can_use() -> None:
    answer = exchange(CODES.issue(CookieChange("refresh-1")))
    cookie = answer.headers["set-cookie"]
    assert answer.status_code == 204
    assert cookie.startswith(f"{COOKIE_NAME}=refresh-1;")
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Secure" not in cookie


def test_behind_https_the_cookie_is_secure() -> None:
    answer = exchange(CODES.issue(CookieChange("refresh-1")), {"X-Forwarded-Proto": "https"})
    assert "Secure" in answer.headers["set-cookie"]


def test_a_code_works_once() -> None:
    code = CODES.issue(CookieChange("refresh-1"))
    assert exchange(code).status_code == 204
    again = exchange(code)
    assert again.status_code == 404
    assert "set-cookie" not in again.headers


def test_a_code_works_only_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frontend.session.cookie.CODE_SECONDS", -1.0)
    assert exchange(CODES.issue(CookieChange("refresh-1"))).status_code == 404


def test_signing_out_deletes_the_cookie() -> None:
    answer = exchange(CODES.issue(CookieChange("")))
    assert "Max-Age=0" in answer.headers["set-cookie"]


@pytest.mark.parametrize("refresh", ["", "renewed"])
def test_a_tab_changes_only_the_cookie_that_it_knows(refresh: str) -> None:
    """Another tab may have signed in anew; what this tab's own sign-in became does not matter any more."""
    change = CookieChange(refresh, instead_of=frozenset({"before", "mine"}))
    of_another = exchange(CODES.issue(change), {"Cookie": f"{COOKIE_NAME}=of-another"})
    deleted = exchange(CODES.issue(change))
    mine = exchange(CODES.issue(change), {"Cookie": f"{COOKIE_NAME}=mine"})
    assert [of_another.status_code, deleted.status_code, mine.status_code] == [204, 204, 204]
    assert "set-cookie" not in of_another.headers
    assert "set-cookie" not in deleted.headers
    assert mine.headers["set-cookie"].startswith(f"{COOKIE_NAME}={refresh or chr(34) * 2};")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"code": 5}', b'{"code": "guess"}', b"\xff\xfe"])
def test_anything_else_is_refused(body: bytes) -> None:
    assert post(body).status_code == 404


def test_of_a_body_that_is_too_long_little_is_read() -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(300):
            read += 2**20
            yield b" " * 2**20

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(APP), base_url="http://dashboard") as browser:
            return await browser.post(ENDPOINT, content=endless())

    answer = asyncio.run(ask())
    assert (answer.status_code, answer.headers["connection"]) == (413, "close")
    assert read == 2**20


def test_a_body_of_the_largest_size_is_read() -> None:
    body = json.dumps({"code": CODES.issue(CookieChange("refresh-1"))}).encode()
    assert post(body.ljust(MOST_BYTES)).status_code == 204
