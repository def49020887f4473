"""The files of `contracts/`, read as they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CONTRACTS = Path(__file__).resolve().parents[2] / "contracts"
WEBHOOKS = CONTRACTS / "webhooks"
EXAMPLES = sorted((WEBHOOKS / "examples").glob("*.json"))
SCHEMAS = sorted(WEBHOOKS.glob("*.schema.json"))


def read(path: Path) -> dict[str, Any]:
    document = json.loads(path.read_text(encoding="utf-8"))
    assert isinstance(document, dict), path
    return document


def schema_of(webhook_type: str) -> dict[str, Any]:
    return read(WEBHOOKS / f"{webhook_type}.schema.json")
