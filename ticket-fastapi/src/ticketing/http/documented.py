"""The problems that the OpenAPI document lists for each operation."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class FieldProblem(BaseModel):
    """One wrong field of a request."""

    field: str = Field(examples=["seat_ids.0"], description="The path of the field within the request.")
    code: str = Field(description="A stable name of the error.")
    message: str = Field(description="The error, in a sentence for people.")


class ProblemDocument(BaseModel):
    """An error, as RFC 9457 describes it. Some problems carry further members."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["validation-error"], description="A stable slug, which programs can compare.")
    title: str = Field(description="The kind of problem, in a few words.")
    status: int = Field(description="The HTTP status of the answer.")
    detail: str = Field(description="What went wrong in this request, in a sentence.")
    instance: str = Field(description="The path of the request.")
    request_id: str | None = Field(description="The id under which the service has logged the request.")
    errors: list[FieldProblem] | None = Field(
        default=None, description="The wrong fields; only with `validation-error`."
    )


def problems(**slugs_of_status: str) -> dict[int | str, dict[str, Any]]:
    """Returns the `responses` of an operation that are its own, such as `problems(_409="seat-exists seat-in-use")`."""
    return {int(status.lstrip("_")): problem(slugs) for status, slugs in slugs_of_status.items()}


def problem(slugs: str) -> dict[str, Any]:
    """Returns the description of one answer and of the slugs that it may carry."""
    return {
        "description": ", ".join(f"`{slug}`" for slug in slugs.split()),
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}},
    }


EVERYWHERE = problems(
    _401="unauthenticated", _403="forbidden", _422="validation-error", _500="internal-error", _503="not-ready"
)

REFUSED_BODIES = problems(_413="body-too-large", _415="unsupported-media-type")
"""The answers of every operation that could be sent a body, read or not (`RequestContextMiddleware`)."""
READ_BODIES = problems(_400="malformed-json") | REFUSED_BODIES
