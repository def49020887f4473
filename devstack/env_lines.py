"""The lines of `./dev env`: `KEY=VALUE`, quoted for a shell if a value needs quotes."""

import shlex
from collections.abc import Mapping


def written(values: Mapping[str, str]) -> str:
    """Returns one line for each value, quoted so that `eval` in a POSIX shell restores the value."""
    return "".join(f"{key}={shlex.quote(value)}\n" for key, value in values.items())


def read(text: str) -> dict[str, str]:
    """Reads the lines that `written` has written; skips other lines between them."""
    pairs = (word.partition("=") for word in shlex.split(text))
    return {key: value for key, is_pair, value in pairs if is_pair}
