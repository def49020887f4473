"""Types of what SQL written by hand takes."""

from datetime import datetime
from uuid import UUID

SqlValue = str | int | datetime | UUID | None
