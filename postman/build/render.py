"""Renders folders and requests as items of Postman Collection Format v2.1."""

from __future__ import annotations

import json

from postman.build import guards, scripts
from postman.build.dsl import Folder, Json, Request

SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"


def render(folder: Folder) -> Json:
    """Renders the folder and everything below it."""
    item: Json = {
        "name": folder.name,
        "description": folder.description,
        "item": [render(item) if isinstance(item, Folder) else render_request(item) for item in folder.items],
    }
    script = guards.set_up_check() if folder.needs_set_up else []
    script += guards.needs_check(folder.needs)
    if script:
        item["event"] = [_script("prerequest", script)]
    return item


def render_request(request: Request) -> Json:
    """Renders a request with its scripts."""
    item: Json = {
        "name": request.name,
        "request": {
            "method": request.method,
            "description": f"{request.description}\n\n{scripts.expectation(request)}",
            "header": [{"key": key, "value": value} for key, value in request.all_headers.items()],
            "url": _url(request.service, request.path),
            "auth": _auth(request.auth),
        },
        "response": [],
        "event": [_script("test", scripts.after(request))],
    }
    if request.before:
        item["event"].insert(0, _script("prerequest", list(request.before)))
    if body := _body(request):
        item["request"]["body"] = body
    return item


def _url(service: str, path: str) -> Json:
    base = f"{{{{{service}_url}}}}"
    if not path:
        return {"raw": base, "host": [base]}
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
    if request.raw is None and request.body is None:
        return None
    raw = request.raw if request.raw is not None else json.dumps(request.body, indent=2)
    return {"mode": "raw", "raw": raw, "options": {"raw": {"language": "json"}}}


def _script(listen: str, lines: list[str]) -> Json:
    return {"listen": listen, "script": {"type": "text/javascript", "exec": lines}}
