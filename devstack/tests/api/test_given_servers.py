"""Unusable databases and object stores that are given instead of the stack's own are refused in one sentence."""

import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from devstack import given_servers, orphans
from devstack.environment import describe
from devstack.failures import StackFailure
from devstack.home import Home
from devstack.ports import unused_port
from devstack.tests import fake_platform
from devstack.throwaway_servers import ThrowawayServers

VARIABLES = ("CLIENT_DATABASE_URL", "TICKET_DATABASE_URL", "PAYMENT_DATABASE_URL")


def refusal(home: Home, **given: str) -> str:
    """Returns what `./dev up` prints before it starts anything."""
    with pytest.raises(StackFailure) as failure:
        fake_platform.stack(home, **given).up()
    assert failure.value.log is None
    assert "\n" not in failure.value.sentence
    assert not (home.postgres / "PG_VERSION").exists()
    assert orphans.find(home) == []
    return failure.value.sentence


@pytest.mark.parametrize("variable", VARIABLES)
def test_an_unreachable_database_is_named(home: Home, variable: str) -> None:
    port = unused_port()
    said = refusal(home, **{variable: f"postgresql://u:secret@127.0.0.1:{port}/x"})
    assert said == f"{variable} cannot be used: no PostgreSQL server answers at 127.0.0.1:{port}."


def test_a_host_that_does_not_exist_is_named(home: Home) -> None:
    said = refusal(home, TICKET_DATABASE_URL="postgresql://u:secret@no-such-host.invalid/x")
    assert said == "TICKET_DATABASE_URL cannot be used: there is no host no-such-host.invalid."


@pytest.mark.parametrize(
    "url",
    ["postgres", "mysql://u:p@db/x", "postgresql:///x", "postgresql://db", "postgresql://db:port/x", "http://[::1"],
)
def test_a_malformed_database_url_is_refused_with_the_right_form(home: Home, url: str) -> None:
    said = refusal(home, PAYMENT_DATABASE_URL=url)
    assert said == "PAYMENT_DATABASE_URL must have the form postgresql://user:password@host:port/name."


def test_a_server_that_refuses_is_quoted(home: Home, servers: ThrowawayServers) -> None:
    url = servers.postgres.superuser_url().rpartition("/")[0]
    assert 'database "no_such_name" does not exist' in refusal(home, CLIENT_DATABASE_URL=f"{url}/no_such_name")
    wrong = servers.postgres.role_url("postgres", "guessed")
    assert "password authentication failed" in refusal(home, CLIENT_DATABASE_URL=wrong)


def s3(endpoint: str, **changes: str) -> dict[str, str]:
    return {"S3_ENDPOINT": endpoint, "S3_ACCESS_KEY": "access-key", "S3_SECRET_KEY": "secret-key", **changes}


@pytest.mark.parametrize("variable", ["S3_ENDPOINT", "S3_PUBLIC_ENDPOINT"])
def test_an_object_store_under_a_path_is_refused(home: Home, variable: str) -> None:
    said = refusal(home, **s3("http://127.0.0.1:9", **{variable: "https://files.example.com/minio"}))
    assert said.startswith(f"{variable} must be an address without a path, not 'https://files.example.com/minio'")


@pytest.mark.parametrize("address", ["minio:9000", "ftp://minio", "http://", "http://minio:port", "http://[::1"])
def test_a_malformed_object_store_url_is_refused(home: Home, address: str) -> None:
    assert refusal(home, **s3(address)).startswith("S3_ENDPOINT must be an address such as")


def test_a_slash_at_the_end_of_an_address_is_no_path(home: Home) -> None:
    store = describe(home, s3("http://files.example/")).object_store
    assert (store.endpoint, store.public_endpoint) == ("http://files.example", "http://files.example")


def test_an_object_store_that_does_not_answer_is_named(home: Home) -> None:
    address = f"http://127.0.0.1:{unused_port()}"
    assert refusal(home, **s3(address)) == f"The object store {address} cannot be used: no server answers there."


def test_an_object_store_that_refuses_the_keys_is_reported(home: Home, servers: ThrowawayServers) -> None:
    assert refusal(home, **s3(servers.object_store.endpoint)).endswith("it refuses S3_ACCESS_KEY or S3_SECRET_KEY.")


class _NoStore(BaseHTTPRequestHandler):
    """A web server that answers every request with 400."""

    def do_HEAD(self) -> None:
        self.send_response(400)
        self.end_headers()

    def do_GET(self) -> None:
        self.do_HEAD()


@pytest.fixture
def no_store() -> Iterator[str]:
    """Returns the URL of a web server that is no object store."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _NoStore) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_server_that_is_no_object_store_is_reported(home: Home, no_store: str) -> None:
    said = refusal(home, **s3(no_store))
    assert said.startswith(f"The object store {no_store} cannot be used: ")
    assert "Traceback" not in said


def test_usable_servers_are_accepted(home: Home, servers: ThrowawayServers) -> None:
    store = servers.object_store
    given = {
        **dict.fromkeys(VARIABLES, servers.postgres.superuser_url()),
        **s3(store.endpoint, S3_ACCESS_KEY=store.access_key, S3_SECRET_KEY=store.secret_key, S3_BUCKET="given"),
    }
    given_servers.require(describe(home, given))


def test_waiting_for_a_server_that_never_answers_ends(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(given_servers, "CONNECT_SECONDS", 2)
    with socket.create_server(("127.0.0.1", 0)) as unresponsive:
        port = unresponsive.getsockname()[1]
        said = refusal(home, TICKET_DATABASE_URL=f"postgresql://u:p@127.0.0.1:{port}/x")
    assert said == f"TICKET_DATABASE_URL cannot be used: no PostgreSQL server answers at 127.0.0.1:{port}."
