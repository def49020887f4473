"""`./dev postman`: the collection with the addresses and keys of the running stack."""

from pathlib import Path

from rich.markup import escape

from devstack.environment import StackEnvironment
from devstack.private_file import write_private
from devstack.steps import out
from postman.build.environments import LOCAL_NAME, of_stack
from postman.build.files import COLLECTION, LOCAL_ENVIRONMENT, as_text


def write(stack: StackEnvironment, path: Path = LOCAL_ENVIRONMENT) -> Path:
    """Writes the environment of this stack, readable by its owner only."""
    write_private(path, as_text(of_stack(stack.lines())))
    return path


def explain(environment: Path) -> None:
    """Where the files are, and the four clicks."""
    out.print("[bold]Postman in four clicks[/] (the desktop app; the web app needs its desktop agent)")
    out.print("1. [bold]Import[/] (top left): drop these two files")
    for file in (COLLECTION, environment):
        out.print(f"   {escape(str(file))}", soft_wrap=True)
    out.print(f"2. Environment (top right): [bold]{LOCAL_NAME}[/]")
    out.print("3. Collection [bold]Ticketing platform[/] → [bold]Run[/]")
    out.print("4. [bold]Run Ticketing platform[/]: every request should be green")
    out.print(
        "[dim]Without Postman: `./dev postman --run`. The second file holds keys of this stack; git ignores it.[/]",
        soft_wrap=True,
    )
