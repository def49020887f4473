"""`python -m organizer_simulator.openapi`: prints the OpenAPI document."""

import json
from pathlib import Path

from pydantic import SecretStr

from organizer_simulator.http.app import create_app
from organizer_simulator.settings import Settings


def main() -> None:
    settings = Settings(
        organizer_api_key=SecretStr("only-to-print-the-document"),
        organizer_database=Path("never-opened"),
        simulation_controls=True,
    )
    print(json.dumps(create_app(settings).openapi(), indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
