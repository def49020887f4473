"""The answers that are stored under an `Idempotency-Key` (contracts/README.md, conventions)."""

from __future__ import annotations

from servicekit.db.idempotency import RememberedAnswers

from ticketing.db.tables import idempotency_keys

ANSWERS = RememberedAnswers(idempotency_keys)
