"""The commands of `./dev`."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from devstack import checks, compose_environment, env_lines, foreground, locks, logs, postman, scripts, suites, summary
from devstack.failures import StackFailure
from devstack.home import Home
from devstack.stack import Stack
from devstack.steps import out, report
from devstack.unusable_folder import explain, is_about

app = typer.Typer(
    help="Start, watch, check and test the ticketing platform on this machine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _stack() -> Stack:
    return Stack(Home.from_environment(os.environ), dict(os.environ))


@app.command()
def up(detach: Annotated[bool, typer.Option("--detach", "-d", help="Return as soon as all is ready.")] = False) -> None:
    """Start everything, wait until it is ready, print addresses and logins. Ctrl-C stops all."""
    stack = _stack()
    if stack.is_up():
        summary.show(stack.environment(), how_to_stop="It was running already; `./dev down` stops it.")
    else:
        foreground.run(stack, detach=detach)


@app.command()
def down() -> None:
    """Stop everything; the data stays."""
    out.print("Stopped." if _stack().down() else "Nothing was running.")


@app.command()
def status() -> None:
    """Show every process, and whether its service answers."""
    stack = _stack()
    if not stack.supervisor.is_running():
        out.print("The stack is not running; `./dev up` starts it.")
        raise typer.Exit(3)
    raise typer.Exit(0 if summary.show_states(stack) else 1)


@app.command(name="logs")
def show_logs(
    name: Annotated[str | None, typer.Argument(help="One process or step; all if left out.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="How many lines of each to begin with.")] = 100,
) -> None:
    """Show what the processes have written."""
    logs.show(_stack().home, name, follow=follow, count=lines)


@app.command()
def env() -> None:
    """Print addresses, keys and logins as KEY=VALUE lines, quoted for a shell."""
    sys.stdout.write(env_lines.written(_stack().environment().lines()))


@app.command()
def seed() -> None:
    """Load the catalogue and the accounts; what is there already stays as it is."""
    stack = _stack()
    if not stack.is_up():
        raise StackFailure("The stack is not running; `./dev up` starts it.")
    stack.seed(stack.environment())


@app.command()
def reset(yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False) -> None:
    """Stop everything and delete all data of this stack."""
    stack = _stack()
    if not yes and sys.stdin.isatty():
        typer.confirm(f"Delete everything below {stack.home.path}?", abort=True)
    stack.reset()
    out.print("All data of the stack is deleted; `./dev up` starts with an empty one.")


@app.command()
def check(
    update: Annotated[bool, typer.Option("--update", help="Accept the OpenAPI documents as they are now.")] = False,
) -> None:
    """Formatter, linter, types, import rules; drift of migrations, OpenAPI documents and locks."""
    raise typer.Exit(0 if checks.run(update=update) else 1)


@app.command(name="test", context_settings={"ignore_unknown_options": True})
def run_tests(
    groups: Annotated[list[str] | None, typer.Argument(help=f"Of: {', '.join(suites.GROUPS)}.")] = None,
) -> None:
    """Run the tests that this machine can run; from the first option on (-x, -k …), arguments are pytest's."""
    given = groups or []
    options_from = next((place for place, word in enumerate(given) if word.startswith("-")), len(given))
    raise typer.Exit(0 if suites.run(given[:options_from], given[options_from:]) else 1)


@app.command()
def lock(
    upgrade: Annotated[bool, typer.Option("--upgrade", help="Take the newest version of everything.")] = False,
) -> None:
    """Compile every lock file again from the pyproject.toml files."""
    locks.recompile(upgrade=upgrade)


@app.command(name="compose-env")
def compose_env(
    force: Annotated[bool, typer.Option("--force", help="Replace the existing .env.")] = False,
) -> None:
    """Write .env for docker compose, with random keys and passwords instead of the public ones."""
    replaced = compose_environment.write(force=force)
    out.print(f"{compose_environment.TARGET} is written; random values for {', '.join(replaced)}.", soft_wrap=True)
    out.print(
        "A database keeps the password with which its volume was made: after a start with other keys, delete"
        " the volumes (`docker compose down --volumes`) or see docs/operations.md.",
        soft_wrap=True,
    )


@app.command()
def bench(
    name: Annotated[str | None, typer.Argument(help="One benchmark; all if left out.")] = None,
    base: Annotated[str | None, typer.Argument(help="With compare: a revision.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Fewer and smaller measurements.")] = False,
) -> None:
    """Run benchmarks, against the running stack or on a stack of their own."""
    arguments = [*filter(None, (name, base)), *(["--quick"] if quick else [])]
    raise typer.Exit(scripts.run("bench", arguments, _stack().environment()))


@app.command()
def fuzz(
    cases: Annotated[int, typer.Option(help="At least so many requests.")] = 20_000,
    seed: Annotated[int, typer.Option(help="The same seed makes up the same requests.")] = 1,
) -> None:
    """Send requests of every kind to the running stack, and compare the answers with the OpenAPI documents."""
    stack = _stack()
    if not stack.is_up():
        raise StackFailure("The stack is not running; `./dev up` starts it.")
    raise typer.Exit(scripts.run("tests.fuzz", ["--cases", str(cases), "--seed", str(seed)], stack.environment()))


@app.command()
def reconcile(fix: Annotated[bool, typer.Option("--fix", help="Also mend what can be mended.")] = False) -> None:
    """Compare the three databases, the organizers and the bucket, and print every difference."""
    raise typer.Exit(scripts.run("tests.support.reconcile", ["--fix"] if fix else [], _stack().environment()))


@app.command(name="postman")
def postman_environment(
    compose: Annotated[bool, typer.Option("--compose", help="For docker compose, with the keys of `.env`.")] = False,
    run: Annotated[bool, typer.Option("--run", help="Run the collection here and now, with Newman.")] = False,
    folder: Annotated[list[str] | None, typer.Option(help="With --run: only this folder; can be repeated.")] = None,
) -> None:
    """Write a Postman environment for the running platform, and say how to use it."""
    stack = _stack()
    if not (compose or stack.is_up()):
        raise StackFailure("The stack is not running; `./dev up` starts it.")
    written = postman.write_for_compose() if compose else postman.write(stack.environment())
    if run:
        raise typer.Exit(scripts.run("tests.postman.run", [str(written), *(folder or [])], stack.environment()))
    postman.explain(written)


@app.command()
def demo(
    fast: Annotated[bool, typer.Option("--fast", help="Without pauses.")] = False,
    record: Annotated[bool, typer.Option("--record", help="Make the film, on a stack of its own.")] = False,
    output: Annotated[str | None, typer.Option("--output", "-o", help="Where the film goes.")] = None,
) -> None:
    """A narrated run through success, decline, failed payment and a promotion from the queue."""
    stack = _stack()
    if not record and not stack.is_up():
        raise StackFailure("The stack is not running; `./dev up` starts it.")
    arguments = [*(["--fast"] if fast else []), *(["--record"] if record else [])]
    if output is not None:
        arguments += ["--output", str(Path(output).absolute())]
    raise typer.Exit(scripts.run("demo", arguments, stack.environment()))


def main() -> None:
    """Runs a command; prints a failure as one sentence, without a traceback, and exits with status 1."""
    try:
        app()
    except StackFailure as failure:
        report(failure)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        report(_explained(error))
        sys.exit(1)


def _explained(error: OSError) -> StackFailure:
    """Returns the sentence that explains an error of the operating system."""
    try:
        home = Home.from_environment(os.environ).path
    except StackFailure as failure:
        return failure
    if is_about(home, error):
        return explain(home, error)
    where = f"{error.filename}: " if error.filename else ""
    return StackFailure(f"{where}{error.strerror or error}.")
