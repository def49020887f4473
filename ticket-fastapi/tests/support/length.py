"""Whether long tests run whole or in their short form (`./dev test` sets `TEST_LENGTH`)."""

from __future__ import annotations

import os

IS_LONG = os.environ.get("TEST_LENGTH", "short") == "full"
