"""Problem documents for connections whose request never reaches Django."""

import json

from client.edge.problems import MEDIA_TYPE, Problem
from client.observability import context

REASONS = {408: "Request Timeout", 414: "URI Too Long", 503: "Service Unavailable"}


def raw_response(problem: Problem, path: str, *, request_id: str = "", keeps_alive: bool = False) -> bytes:
    """Returns the whole HTTP response, with the caller's `request_id` if that is well-formed, else with a new one.
    Unless it `keeps_alive` the connection, that must be closed after it.
    """
    request_id = context.begin(request_id=request_id)
    body = json.dumps(problem.document(path)).encode()
    headers = {
        **problem.headers,
        "Content-Type": MEDIA_TYPE,
        "Content-Length": str(len(body)),
        "X-Request-ID": request_id,
        "Connection": "keep-alive" if keeps_alive else "close",
    }
    status = f"HTTP/1.1 {problem.status} {REASONS[problem.status]}"
    return "\r\n".join([status, *(f"{name}: {value}" for name, value in headers.items()), "", ""]).encode() + body
