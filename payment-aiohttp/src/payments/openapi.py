"""`python -m payments.openapi`: print the OpenAPI document, for `contracts/openapi/payment.json`. Needs no settings."""

from __future__ import annotations

import json
import sys

from payments.http.documentation import openapi


def main() -> None:
    """Print the document."""
    json.dump(openapi(), sys.stdout, indent=2, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
