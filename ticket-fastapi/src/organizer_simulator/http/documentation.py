"""`/docs`: the description of the API; it loads nothing from the internet."""

from importlib.resources import files

from fastapi import APIRouter, FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

ASSETS = str(files("fastapi_offline") / "static")

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def docs() -> HTMLResponse:
    """Returns Swagger UI, with its files from this service."""
    return get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="Organizer simulator",
        swagger_js_url="/docs/assets/swagger-ui-bundle.js",
        swagger_css_url="/docs/assets/swagger-ui.css",
        swagger_favicon_url="/docs/assets/favicon.png",
    )


def install_documentation(app: FastAPI) -> None:
    """Adds the page and its files to the app."""
    app.include_router(router)
    app.mount("/docs/assets", StaticFiles(directory=ASSETS))
