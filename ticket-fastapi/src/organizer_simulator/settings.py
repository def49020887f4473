"""The simulator's settings, from the environment (contracts/README.md, "Processes, ports, environment")."""

import os
import sys
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import SettingsConfigDict
from servicekit.settings import ConnectionSettings, Keys, LogLevel


def _empty_is_none(value: object) -> object:
    return None if value == "" else value


def _a_file(path: Path) -> Path:
    # Unlike Path.is_dir, it does not raise if a folder of the path cannot be entered.
    if os.path.isdir(path):  # noqa: PTH112
        raise ValueError("it must name a file, not a folder")
    return path


class Settings(ConnectionSettings):
    """The settings, which are read once, at the start. The names say whether a time is in seconds or milliseconds."""

    model_config = SettingsConfigDict(frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(default=8003, ge=0, le=65535)
    organizer_api_key: Keys
    organizer_database: Annotated[Path, AfterValidator(_a_file)]
    organizer_failure_rate: float = Field(default=0.2, ge=0, le=1, allow_inf_nan=False)
    organizer_latency_ms: int = Field(default=0, ge=0, le=60_000)
    organizer_seed: Annotated[int | None, BeforeValidator(_empty_is_none)] = Field(default=None, ge=0, lt=2**63)
    organizer_late_answer_seconds: float = Field(default=8, gt=0, le=120, allow_inf_nan=False)
    simulation_controls: bool = False
    log_level: LogLevel = "INFO"

    def secrets(self) -> dict[str, list[str]]:
        """Returns every secret, by the variable that holds it."""
        return {"ORGANIZER_API_KEY": self.organizer_api_key.get_secret_value().split()}


def load_settings() -> Settings:
    """Reads the settings; prints one sentence for each wrong variable and exits with 2."""
    try:
        return Settings.model_validate({})
    except ValidationError as error:
        for problem in error.errors(include_url=False, include_input=False):
            variable = ".".join(str(part) for part in problem["loc"]).upper()
            reason = problem["msg"].removeprefix("Value error, ")
            print(f"organizer: the environment variable {variable} is missing or wrong: {reason}.", file=sys.stderr)
        raise SystemExit(2) from None
