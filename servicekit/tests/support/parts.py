"""What the lanes of an example service work with."""

from __future__ import annotations

from dataclasses import dataclass

from servicekit.settings import ServiceSettings
from sqlalchemy.ext.asyncio import AsyncEngine


@dataclass(frozen=True)
class ExampleParts:
    """The parts of a service that has nothing of its own."""

    settings: ServiceSettings
    engine: AsyncEngine
