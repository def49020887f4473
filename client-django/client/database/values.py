"""The types of parameters of hand-written SQL."""

from datetime import datetime
from uuid import UUID

SqlValue = str | int | datetime | UUID | None
