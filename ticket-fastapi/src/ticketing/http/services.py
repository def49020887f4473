"""The process's shared parts, as dependencies of a request."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncEngine

from ticketing.services import Services


async def _services(request: Request) -> Services:
    # Not a plain function: FastAPI would run that in a thread, at every request.
    services: Services = request.app.state.services
    return services


async def _engine(request: Request) -> AsyncEngine:
    services: Services = request.app.state.services
    return services.engine


WithServices = Annotated[Services, Depends(_services)]
WithEngine = Annotated[AsyncEngine, Depends(_engine)]
