"""`python -m payments.openapi` prints the OpenAPI document, for `contracts/openapi/payment.json`. Needs no settings."""

from __future__ import annotations

import json
import sys

from payments.http.documentation import openapi


def main() -> None:
    """Prints the OpenAPI document."""
    json.dump(openapi(), sys.stdout, indent=2, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
