"""Stored answers to requests with an `Idempotency-Key` (contracts, conventions of every HTTP interface)."""

from __future__ import annotations

from servicekit.db.idempotency import RememberedAnswers

from payments.db.tables import idempotency_keys

ANSWERS = RememberedAnswers(idempotency_keys)
