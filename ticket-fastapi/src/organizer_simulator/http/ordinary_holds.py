"""A shorter way to the busiest endpoint: a request for a hold (docs/adr/0018).

It reads an ordinary request in one pass, from JSON into the model. Every other request takes FastAPI's standard way,
which alone decides what is wrong with it; so the two ways cannot disagree.
"""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError

from organizer_simulator.domain.hold import RequestedHold
from organizer_simulator.http.models import HoldRequest, Slug

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
_SLUG: TypeAdapter[str] = TypeAdapter(Slug)


def route_class(take: Callable[[Request, RequestedHold], Awaitable[Response]]) -> type[APIRoute]:
    """Returns a class for `APIRouter(route_class=…)`; the endpoint's signature still makes its documentation."""

    class OrdinaryHoldRoute(APIRoute):
        def get_route_handler(self) -> Handler:
            standard = super().get_route_handler()

            async def handle(request: Request) -> Response:
                wanted = await _ordinary(request)
                return await (standard(request) if wanted is None else take(request, wanted))

            return handle

    return OrdinaryHoldRoute


async def _ordinary(request: Request) -> RequestedHold | None:
    """Returns what is requested; None if anything about the request is not as usual."""
    if request.headers.get("content-type") != "application/json":
        return None
    try:
        organizer = _SLUG.validate_python(request.path_params["organizer"])
        return HoldRequest.model_validate_json(await request.body()).at_organizer(organizer)
    except ValidationError:
        return None
