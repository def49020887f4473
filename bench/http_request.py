"""A request of a load generator, and the bytes that it sends."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Request:
    """One request: `target` is path and query, `body` is JSON text."""

    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""

    def to_bytes(self, host: str) -> bytes:
        """Returns the request to `host` as it is sent."""
        body = self.body.encode()
        headers = {"host": host, **self.headers, "content-length": str(len(body))}
        head = [f"{self.method} {self.target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join([*head, "", ""]).encode() + body
