"""What the operations of several subjects share."""

from __future__ import annotations

API = "/api/v1"
BODY_PROBLEMS = ("malformed-json", "body-too-large", "unsupported-media-type", "validation-error")
"""The problems of every operation that reads a body."""
