"""The operations of the client service's public API that seeding needs."""

import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx

from seeding.errors import SeedError
from seeding.tls import trusted_authorities

BASE = "/api/v1"
CALL_SECONDS = 60
WAIT_SECONDS = 0.5
Json = dict[str, Any]


class ClientApi:
    """Calls the client service; repeats temporary failures (429, 502 to 504, no connection) until the deadline."""

    def __init__(
        self,
        url: str,
        *,
        deadline_seconds: float,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http = httpx.Client(base_url=url, timeout=CALL_SECONDS, verify=trusted_authorities())
        self._sleep = sleep
        self._clock = clock
        self._deadline = clock() + deadline_seconds

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.close()

    def wait_until_ready(self) -> None:
        """Returns as soon as the client service is ready."""
        self._send("GET", "/readyz", accept={200})

    def sign_in(self, email: str, password: str) -> bool:
        """Returns whether the account exists and has this password."""
        credentials = {"email": email, "password": password}
        return self._post("/auth/token", credentials, accept={200, 401}).status_code == 200

    def act_as(self, email: str, password: str) -> None:
        """Makes all further calls with this account's token."""
        answer = self._post("/auth/token", {"email": email, "password": password}, accept={200, 401})
        if answer.status_code == 401:
            raise SeedError(f"The client service refuses the password of {email}.")
        self._http.headers["Authorization"] = f"Bearer {answer.json()['access']}"

    def register(self, email: str, password: str, name: str) -> None:
        body = {"email": email, "password": password, "name": name}
        if self._post("/auth/register", body, accept={201, 409}).status_code == 409:
            raise SeedError(f"The account {email} exists, but with another password.")

    def create(self, path: str, body: Json) -> Json:
        created: Json = self._post(path, body, accept={201}).json()
        return created

    def change(self, path: str, body: Json, *, version: int) -> None:
        """Changes that version; nobody else's change is overwritten."""
        self._send("PATCH", BASE + path, accept={200}, json=body, headers={"If-Match": f'"{version}"'})

    def list_all(self, path: str) -> Iterator[Json]:
        """Returns the items of all pages of a list."""
        cursor: str | None = None
        while True:
            parameters = {"cursor": cursor} if cursor else {}
            page: Json = self._send("GET", BASE + path, accept={200}, params=parameters).json()
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def _post(self, path: str, body: Json, accept: set[int]) -> httpx.Response:
        # All repeats of a call have the same key, so that a lost answer does not lead to a second creation.
        return self._send("POST", BASE + path, accept=accept, json=body, headers={"Idempotency-Key": str(uuid4())})

    def _send(self, method: str, path: str, accept: set[int], **request: Any) -> httpx.Response:
        while True:
            try:
                answer = self._http.request(method, path, **request)
            except httpx.TransportError as error:
                self._wait_or_give_up(f"{self._http.base_url} does not answer ({type(error).__name__})", WAIT_SECONDS)
                continue
            if answer.status_code in accept:
                return answer
            said = f"{method} {path} was answered with {answer.status_code} {_detail(answer)}"
            if answer.status_code not in {429, 502, 503, 504}:
                raise SeedError(f"{said}.")
            self._wait_or_give_up(said, _retry_after(answer))

    def _wait_or_give_up(self, reason: str, seconds: float) -> None:
        if self._clock() + seconds > self._deadline:
            raise SeedError(f"Gave up: {reason}.")
        self._sleep(seconds)


def _retry_after(answer: httpx.Response) -> float:
    given = answer.headers.get("Retry-After", "")
    return max(float(given), WAIT_SECONDS) if given.isdecimal() else WAIT_SECONDS


def _detail(answer: httpx.Response) -> str:
    try:
        problem = answer.json()
    except ValueError:
        return ""
    if not isinstance(problem, dict):
        return ""
    fields = [f"{wrong.get('field')}: {wrong.get('message')}" for wrong in problem.get("errors") or []]
    return " ".join([str(problem.get("detail", "")).rstrip("."), *fields]).strip()
