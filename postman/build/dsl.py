"""The few words in which the folders describe their requests; rendered as Postman Collection Format v2.1."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]

SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"


@dataclass(frozen=True)
class Request:
    """One request with what it must answer.

    `url` begins with a service's variable (`client`, `ticket`, `payment`, `organizer`) and its path; `auth` names
    the variable that holds the bearer token, None sends none. `expect` is the status, `checks` are lines of
    JavaScript in which `body` is the parsed answer, `keep` maps variables to expressions over it.
    """

    name: str
    method: Method
    url: str
    description: str
    expect: int | tuple[int, ...]
    body: object = None
    raw: str | None = None
    auth: str | None = "buyer_token"
    headers: dict[str, str] = field(default_factory=dict)
    checks: tuple[str, ...] = ()
    keep: dict[str, str] = field(default_factory=dict)
    schema: str | None = None
    problem: str | None = None
    wrong_fields: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    until: str | None = None
    """Ask again, up to half a minute, until this expression over `body` holds; only then the checks run."""


@dataclass(frozen=True)
class Folder:
    """A folder of requests that are run in order."""

    name: str
    description: str
    items: tuple[Request | Folder, ...]


POLL_MILLISECONDS = 250
POLL_TIMES = 120


def render(folder: Folder) -> Json:
    """The folder and all below it as collection items."""
    return {
        "name": folder.name,
        "description": folder.description,
        "item": [render(item) if isinstance(item, Folder) else render_request(item) for item in folder.items],
    }


def render_request(request: Request) -> Json:
    """One request as a collection item, its scripts included."""
    service, _, path = request.url.partition("/")
    item: Json = {
        "name": request.name,
        "request": {
            "method": request.method,
            "description": request.description,
            "header": [{"key": key, "value": value} for key, value in request.headers.items()],
            "url": _url(service, path),
            "auth": _auth(request.auth),
        },
        "response": [],
        "event": [_script("test", _test_lines(request))],
    }
    if request.before:
        item["event"].insert(0, _script("prerequest", list(request.before)))
    if body := _body(request):
        item["request"]["body"] = body
    return item


def _url(service: str, path: str) -> Json:
    if not path:
        return {"raw": f"{{{{{service}_url}}}}", "host": [f"{{{{{service}_url}}}}"]}
    base = f"{{{{{service}_url}}}}"
    bare, _, query = path.partition("?")
    url: Json = {"raw": f"{base}/{path}", "host": [base], "path": bare.split("/")}
    if query:
        url["query"] = [dict(zip(("key", "value"), pair.split("=", 1), strict=True)) for pair in query.split("&")]
    return url


def _auth(variable: str | None) -> Json:
    if variable is None:
        return {"type": "noauth"}
    return {"type": "bearer", "bearer": [{"key": "token", "value": f"{{{{{variable}}}}}", "type": "string"}]}


def _body(request: Request) -> Json | None:
    raw = (
        request.raw
        if request.raw is not None
        else json.dumps(request.body, indent=2)
        if request.body is not None
        else None
    )
    return None if raw is None else {"mode": "raw", "raw": raw, "options": {"raw": {"language": "json"}}}


def _script(listen: str, lines: list[str]) -> Json:
    return {"listen": listen, "script": {"type": "text/javascript", "exec": lines}}


def _test_lines(request: Request) -> list[str]:
    lines = [
        "let body = null;",
        "try { body = pm.response.json(); } catch (error) { /* no JSON: the checks say so */ }",
    ]
    if request.until:
        lines += _poll(request.until)
    allowed = [request.expect] if isinstance(request.expect, int) else list(request.expect)
    lines.append(
        f"pm.test('answers {' or '.join(map(str, allowed))}', () => "
        f"pm.expect(pm.response.code).to.be.oneOf({allowed}));"
    )
    if request.schema:
        lines.append(
            f"pm.test('matches the schema of a {request.schema}', () => "
            f"pm.response.to.have.jsonSchema(JSON.parse(pm.collectionVariables.get('schema_{request.schema}'))));"
        )
    if request.problem:
        lines += [
            f"pm.test('is the problem {request.problem}', () => {{",
            "  pm.expect(pm.response.headers.get('Content-Type')).to.include('application/problem+json');",
            f"  pm.expect(body.type).to.eql('{request.problem}');",
            "  pm.expect(body.status).to.eql(pm.response.code);",
            *(
                f"  pm.expect(body.errors.map(error => error.field)).to.include('{field}');"
                for field in request.wrong_fields
            ),
            "});",
        ]
    lines += [f"pm.test({json.dumps(check)}, () => {{ {check}; }});" for check in request.checks]
    lines += [f"if (body) pm.collectionVariables.set('{name}', {value});" for name, value in request.keep.items()]
    return lines


def _poll(until: str) -> list[str]:
    """A request that repeats itself: Postman's runner and Newman both follow `setNextRequest`."""
    return [
        "const asked = Number(pm.collectionVariables.get('asked') || 0) + 1;",
        f"if (!(body && ({until})) && asked < {POLL_TIMES}) {{",
        "  pm.collectionVariables.set('asked', asked);",
        f"  setTimeout(() => {{}}, {POLL_MILLISECONDS});",
        "  pm.execution.setNextRequest(pm.info.requestId);",
        "  return;",
        "}",
        "pm.collectionVariables.set('asked', 0);",
        f"pm.test({json.dumps('comes to: ' + until)}, () => pm.expect(Boolean({until})).to.be.true);",
    ]
