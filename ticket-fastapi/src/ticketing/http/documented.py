"""What OpenAPI says of the problems that an operation may answer with."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class FieldProblem(BaseModel):
    """One wrong field."""

    field: str = Field(examples=["seat_ids.0"])
    code: str
    message: str


class ProblemDocument(BaseModel):
    """RFC 9457. `type` is a stable slug; some problems carry further members."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["validation-error"])
    title: str
    status: int
    detail: str
    instance: str
    request_id: str | None
    errors: list[FieldProblem] | None = Field(default=None, description="wrong fields, with `validation-error`")


def problems(**slugs_of_status: str) -> dict[int | str, dict[str, Any]]:
    """`responses` of an operation, beside those of every operation: `problems(_409="seat-exists seat-in-use")`."""
    return {int(status.lstrip("_")): problem(slugs) for status, slugs in slugs_of_status.items()}


def problem(slugs: str) -> dict[str, Any]:
    """One documented answer, with the slugs it may carry."""
    return {
        "description": ", ".join(f"`{slug}`" for slug in slugs.split()),
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}},
    }


EVERYWHERE = problems(
    _401="unauthenticated", _403="forbidden", _422="validation-error", _500="internal-error", _503="not-ready"
)
