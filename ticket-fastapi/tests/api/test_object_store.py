"""The object store adapter on a real S3 server."""

import asyncio
import gzip
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import uuid4

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from support.server import serve
from ticketing.integrations.object_store import ObjectStore, ObjectStoreUnavailable

from devstack.deadlines import stretched
from devstack.waiting import wait_until

CONTENT = b"%PDF-1.4 a ticket"
MINUTE = timedelta(minutes=1)


def store_at(
    endpoint: str, public_endpoint: str | None = None, bucket: str = "unused", region: str = "us-east-1"
) -> ObjectStore:
    return ObjectStore(
        endpoint=endpoint,
        public_endpoint=public_endpoint or endpoint,
        bucket=bucket,
        access_key=os.environ["TEST_S3_ACCESS_KEY"],
        secret_key=os.environ["TEST_S3_SECRET_KEY"],
        region=region,
    )


@pytest.fixture
async def store() -> AsyncIterator[ObjectStore]:
    """An object store with a new bucket."""
    opened = store_at(os.environ["TEST_S3_ENDPOINT"], bucket=f"object-store-{uuid4().hex[:12]}")
    await opened.ensure_bucket()
    yield opened
    opened.close()


async def put(store: ObjectStore, key: str, content: bytes = CONTENT) -> None:
    await store.put(key, content, content_type="application/pdf", sha256=sha256(content).hexdigest())


async def fetch(url: str) -> httpx.Response:
    async with httpx.AsyncClient() as client:
        return await client.get(url)


async def stored(store: ObjectStore, key: str) -> bytes:
    """Returns the content of an object, through a link."""
    answer = await fetch(store.presign(key, filename=key, expires=MINUTE).url)
    return answer.raise_for_status().content


async def test_a_stored_object_can_be_read(store: ObjectStore) -> None:
    await put(store, "tickets/one.pdf")
    await put(store, "tickets/deeper/two.pdf", b"")
    assert await stored(store, "tickets/one.pdf") == CONTENT
    assert await stored(store, "tickets/deeper/two.pdf") == b""


async def test_a_repeated_put_replaces_the_content(store: ObjectStore) -> None:
    await put(store, "one.pdf", b"old")
    await put(store, "one.pdf", b"new content")
    assert await stored(store, "one.pdf") == b"new content"


async def test_the_bucket_may_be_ensured_again(store: ObjectStore) -> None:
    await put(store, "one.pdf")
    await store.ensure_bucket()
    await store.ready()
    assert await stored(store, "one.pdf") == CONTENT


async def test_a_store_without_the_bucket_is_not_ready() -> None:
    store = store_at(os.environ["TEST_S3_ENDPOINT"], bucket=f"never-made-{uuid4().hex[:12]}")
    with pytest.raises(ObjectStoreUnavailable, match="no bucket"):
        await store.ready()
    store.close()


async def test_a_presigned_link_downloads_the_object_under_its_file_name(store: ObjectStore) -> None:
    await put(store, "tickets/one.pdf")
    before = datetime.now(UTC)
    link = store.presign("tickets/one.pdf", filename="ticket-7f1d.pdf", expires=MINUTE)
    answer = await fetch(link.url)
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["content-type"] == "application/pdf"
    assert abs(link.expires_at - before - MINUTE) < timedelta(seconds=stretched(2))


async def test_a_link_asks_the_store_to_name_the_file() -> None:
    store = store_at("http://127.0.0.1:9")
    link = httpx.URL(store.presign("one.pdf", filename='tíket "1".pdf', expires=MINUTE).url)
    assert link.params["response-content-disposition"] == (
        "inline; filename=\"t_ket _1_.pdf\"; filename*=UTF-8''t%C3%ADket%20%221%22.pdf"
    )
    assert link.params["X-Amz-Expires"] == "60"
    store.close()


async def test_a_link_has_the_public_address_and_is_made_without_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*arguments: object) -> None:
        raise AssertionError("a link must not need the network")

    monkeypatch.setattr(socket.socket, "connect", refused)
    store = store_at("http://minio:9000", "https://files.example.com")
    link = store.presign("one.pdf", filename="one.pdf", expires=MINUTE)
    assert link.url.startswith("https://files.example.com/unused/one.pdf?")
    store.close()


@pytest.mark.parametrize(
    "tamper",
    [
        lambda url: url.copy_set_param("X-Amz-Signature", "0" * 64),
        lambda url: url.copy_set_param("X-Amz-Expires", "86400"),
        lambda url: url.copy_with(path=url.path.replace("one.pdf", "two.pdf")),
        lambda url: url.copy_with(query=None),
    ],
)
async def test_a_tampered_link_is_refused(store: ObjectStore, tamper: object) -> None:
    await put(store, "one.pdf")
    await put(store, "two.pdf")
    link = httpx.URL(store.presign("one.pdf", filename="one.pdf", expires=MINUTE).url)
    assert callable(tamper)
    answer = await fetch(str(tamper(link)))
    assert answer.status_code in (400, 403)
    assert CONTENT not in answer.content


async def test_an_expired_link_is_refused(store: ObjectStore) -> None:
    await put(store, "one.pdf")
    link = store.presign("one.pdf", filename="one.pdf", expires=timedelta(seconds=1))

    async def refused() -> bool:
        return (await fetch(link.url)).status_code in (400, 403)

    await wait_until(refused)
    assert datetime.now(UTC) >= link.expires_at, "refused before its time"


async def test_a_wrong_key_is_an_unavailable_store(store: ObjectStore) -> None:
    stranger = ObjectStore(
        endpoint=os.environ["TEST_S3_ENDPOINT"],
        public_endpoint=os.environ["TEST_S3_ENDPOINT"],
        bucket="tickets",
        access_key="stranger",
        secret_key="not-the-secret",
        region="us-east-1",
    )
    with pytest.raises(ObjectStoreUnavailable):
        await put(stranger, "one.pdf")
    stranger.close()


async def test_a_store_that_is_down_is_unavailable_within_seconds() -> None:
    store = store_at("http://127.0.0.1:9")
    for call in (store.ready(), put(store, "one.pdf")):
        with pytest.raises(ObjectStoreUnavailable):
            await call
    store.close()


async def test_a_store_that_never_answers_times_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        store = store_at(f"http://127.0.0.1:{listener.getsockname()[1]}")
        with pytest.raises(ObjectStoreUnavailable, match="TimeoutError"):
            await store.ready()
        store.close()


async def test_links_and_requests_are_signed_for_the_configured_region() -> None:
    store = store_at("http://127.0.0.1:9", region="ap-southeast-3")
    link = httpx.URL(store.presign("one.pdf", filename="one.pdf", expires=MINUTE).url)
    assert link.params["X-Amz-Credential"].split("/")[2] == "ap-southeast-3"
    store.close()


@dataclass
class StrictStore:
    """An S3 server with fixed answers: whether the bucket exists, to HEAD (`look`), and to its creation (`create`)."""

    exists: bool = False
    look: int = 200
    create: tuple[int, str] = (403, "AccessDenied")
    requests: list[tuple[str, str, bytes]] = field(default_factory=list)

    async def answer(self, request: Request) -> Response:
        self.requests.append((request.method, request.headers["authorization"], await request.body()))
        if request.method == "HEAD":
            return Response(status_code=self.look if self.look != 200 else 200 if self.exists else 404)
        status, code = self.create
        self.exists = self.exists or status == 200
        document = f"<Error><Code>{code}</Code><Message>no</Message></Error>"
        return Response(document if status != 200 else "", status, media_type="application/xml")


@asynccontextmanager
async def opened(strict: StrictStore, region: str = "us-east-1") -> AsyncIterator[ObjectStore]:
    app = Starlette(routes=[Route("/{rest:path}", strict.answer, methods=["HEAD", "PUT", "GET"])])
    async with serve(app) as url:
        store = store_at(url, bucket="tickets", region=region)
        yield store
        store.close()


async def test_a_key_that_may_not_create_buckets_can_use_an_existing_one() -> None:
    strict = StrictStore(exists=True)
    async with opened(strict) as store:
        await store.ensure_bucket()
        await store.ready()
    assert {method for method, *_ in strict.requests} == {"HEAD"}


async def test_a_missing_bucket_that_may_not_be_created_is_reported_in_one_sentence() -> None:
    async with opened(StrictStore()) as store:
        with pytest.raises(ObjectStoreUnavailable, match=r"^there is no bucket tickets, and S3_ACCESS_KEY may not"):
            await store.ensure_bucket()


async def test_a_bucket_that_another_process_creates_at_the_same_time_is_used() -> None:
    async with opened(StrictStore(create=(409, "BucketAlreadyOwnedByYou"))) as store:
        await store.ensure_bucket()


async def test_a_bucket_is_created_in_the_configured_region() -> None:
    strict = StrictStore(create=(200, ""))
    async with opened(strict, region="eu-central-1") as store:
        await store.ensure_bucket()
    (_, signature, body) = strict.requests[-1]
    assert "/eu-central-1/s3/aws4_request" in signature
    assert b"<LocationConstraint>eu-central-1</LocationConstraint>" in body


@pytest.mark.parametrize(("status", "named"), [(400, "S3_REGION"), (403, "S3_ACCESS_KEY"), (500, "does not answer")])
async def test_a_refusing_store_is_not_ready_and_the_error_names_what_to_check(status: int, named: str) -> None:
    async with opened(StrictStore(look=status)) as store:
        for ask in (store.ready, store.ensure_bucket):
            with pytest.raises(ObjectStoreUnavailable, match=named):
                await ask()


@pytest.mark.parametrize("status", ["200 OK", "400 Bad Request", "503 Service Unavailable"])
@pytest.mark.parametrize(
    "framing", ["content-length: 67108864", "connection: close"], ids=["with a length", "until the connection ends"]
)
async def test_an_answer_of_any_size_is_read_to_its_bound_only(status: str, framing: str) -> None:
    sent = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        try:
            await reader.readuntil(CONTENT)
            writer.write(f"HTTP/1.1 {status}\r\ncontent-type: application/xml\r\n{framing}\r\n\r\n".encode())
            for _ in range(1024):
                writer.write(b" " * 65_536)
                await writer.drain()
                sent += 65_536
        except ConnectionError:
            return
        finally:
            writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        store = store_at(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        with pytest.raises(ObjectStoreUnavailable):
            await put(store, "one.pdf")
        store.close()
    assert 0 < sent < 67_108_864, "more than the sockets' buffers hold was read"


async def test_a_compressed_answer_is_not_unpacked() -> None:
    packed = gzip.compress(b" " * 8_000_000)
    answers = 0

    async def answer(request: Request) -> Response:
        nonlocal answers
        await request.body()
        answers += 1
        return Response(packed, 200, {"content-encoding": "gzip", "etag": '"1"'})

    async with serve(Starlette(routes=[Route("/{rest:path}", answer, methods=["PUT"])])) as url:
        store = store_at(url)
        with pytest.raises(ObjectStoreUnavailable):
            await put(store, "one.pdf")
        store.close()
    assert answers
