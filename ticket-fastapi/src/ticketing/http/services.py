"""The parts that all requests of the process share, as FastAPI dependencies."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncEngine

from ticketing.services import Services


async def _services(request: Request) -> Services:
    # FastAPI would run a plain function in a thread, for every request.
    services: Services = request.app.state.services
    return services


async def _engine(request: Request) -> AsyncEngine:
    services: Services = request.app.state.services
    return services.engine


WithServices = Annotated[Services, Depends(_services)]
WithEngine = Annotated[AsyncEngine, Depends(_engine)]
