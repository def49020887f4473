"""`./dev postman`: writes a Postman environment for the running platform and explains how to use it."""

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.markup import escape

from devstack.environment import StackEnvironment
from devstack.failures import StackFailure
from devstack.home import REPOSITORY
from devstack.private_file import write_private
from devstack.steps import out
from postman.build.environments import of_compose, of_stack
from postman.build.files import COLLECTION, LOCAL_ENVIRONMENT, OWN_COMPOSE_ENVIRONMENT, as_text

DOTENV = REPOSITORY / ".env"


def write(stack: StackEnvironment, path: Path = LOCAL_ENVIRONMENT) -> Path:
    """Writes the environment of this stack, readable by its owner only."""
    return _write(path, of_stack(stack.lines()))


def write_for_compose(dotenv: Path = DOTENV, path: Path = OWN_COMPOSE_ENVIRONMENT) -> Path:
    """Writes the environment of the compose platform with the ports and keys of `.env`, readable by its owner only."""
    return _write(path, of_compose(_variables(dotenv)))


def _write(path: Path, document: dict[str, Any]) -> Path:
    write_private(path, as_text(document))
    return path


def _variables(dotenv: Path) -> Mapping[str, str]:
    """Returns the variables that the file sets; none if the file does not exist."""
    if not dotenv.exists():
        return {}
    try:
        words = [word for line in dotenv.read_text().splitlines() for word in shlex.split(line, comments=True)]
    except ValueError as error:
        raise StackFailure(f"{dotenv} cannot be read: {error}.") from error
    return dict(word.split("=", 1) for word in words if "=" in word)


def explain(environment: Path) -> None:
    """Prints where the files are and the four clicks that import them."""
    name = json.loads(environment.read_text())["name"]
    out.print("[bold]Postman in four clicks[/] (the desktop app; the web app needs its desktop agent)")
    out.print("1. [bold]Import[/] (top left): drop these two files")
    for file in (COLLECTION, environment):
        out.print(f"   {escape(str(file))}", soft_wrap=True)
    out.print(f"2. Environment (top right): [bold]{name}[/]")
    out.print("3. Collection [bold]Ticketing platform[/] → [bold]Run[/]")
    out.print("4. [bold]Run Ticketing platform[/]: every request should be green")
    out.print(
        "[dim]Without Postman: the same command with `--run`. The second file holds keys; git ignores it.[/]",
        soft_wrap=True,
    )
