"""`/docs` and `/openapi.json`: the description of the API; it loads nothing from the internet."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from fastapi import APIRouter, FastAPI, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema
from servicekit.openapi_links import add_links
from starlette.responses import FileResponse

from ticketing.http.documented import READ_BODIES, REFUSED_BODIES, ProblemDocument
from ticketing.http.links import FLOWS
from ticketing.http.request_context import METHODS_WITH_BODY, WEBHOOKS

ASSETS = files("fastapi_offline") / "static"
SHOWN_ASSETS = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript", "favicon.png": "image/png"}

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def docs() -> Response:
    """Returns Swagger UI, with its files from this service."""
    return get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="Ticket service",
        swagger_js_url="/docs/swagger-ui-bundle.js",
        swagger_css_url="/docs/swagger-ui.css",
        swagger_favicon_url="/docs/favicon.png",
    )


def _serve(name: str, media_type: str) -> None:
    async def asset() -> Response:
        return FileResponse(str(ASSETS / name), media_type=media_type, headers={"cache-control": "max-age=86400"})

    router.add_api_route(f"/docs/{name}", asset)


for _name, _media_type in SHOWN_ASSETS.items():
    _serve(_name, _media_type)


def describe(app: FastAPI) -> dict[str, Any]:
    """Returns the OpenAPI document, with this API's problem documents instead of FastAPI's validation errors."""
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes, tags=app.openapi_tags
    )
    _add_answers_to_bodies(document["paths"])
    add_links(document, FLOWS)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    _, definitions = models_json_schema([(ProblemDocument, "validation")], ref_template="#/components/schemas/{model}")
    schemas.update(definitions["$defs"])
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    return document


def _add_answers_to_bodies(paths: dict[str, Any]) -> None:
    for path, operations in paths.items():
        for method, operation in operations.items():
            if method.upper() in METHODS_WITH_BODY and not path.startswith(WEBHOOKS):
                answers = READ_BODIES if "requestBody" in operation else REFUSED_BODIES
                added = {str(status): answer for status, answer in answers.items()}
                operation["responses"] = dict(sorted((operation["responses"] | added).items()))
