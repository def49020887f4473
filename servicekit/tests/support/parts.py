"""The shared objects of an example service."""

from __future__ import annotations

from dataclasses import dataclass

from servicekit.settings import ServiceSettings
from sqlalchemy.ext.asyncio import AsyncEngine


@dataclass(frozen=True)
class ExampleParts:
    """Settings and engine of a service that has no objects of its own."""

    settings: ServiceSettings
    engine: AsyncEngine
