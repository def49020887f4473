"""The lines of `./dev env`: `KEY=VALUE`, quoted for a shell where a value needs it."""

import shlex
from collections.abc import Mapping


def written(values: Mapping[str, str]) -> str:
    """One line for each, which `eval` of a POSIX shell reads as it is meant."""
    return "".join(f"{key}={shlex.quote(value)}\n" for key, value in values.items())


def read(text: str) -> dict[str, str]:
    """What `written` has written, also in the middle of other lines."""
    pairs = (word.partition("=") for word in shlex.split(text))
    return {key: value for key, is_pair, value in pairs if is_pair}
