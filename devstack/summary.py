"""Shows addresses, logins and state of a running stack."""

from rich.table import Table

from devstack import readiness
from devstack.environment import DEMO_EMAIL, DEMO_PASSWORD, STAFF_EMAIL, STAFF_PASSWORD, StackEnvironment
from devstack.object_store import console_runs
from devstack.processes import services
from devstack.stack import Stack
from devstack.steps import out
from devstack.supervision import ProcessState

GOOD_STATE = "RUNNING"


def show(stack: StackEnvironment, *, how_to_stop: str) -> None:
    """Prints every address; the last lines say that all is ready, where to click and how to sign in."""
    url = stack.ports.url
    table = Table(title="Ticketing platform", title_justify="left", show_header=False)
    table.add_row("Client API", f"{url('client')}/docs")
    table.add_row("Django admin", f"{url('client')}/admin/")
    table.add_row("Ticket API", f"{url('ticket')}/docs")
    table.add_row("Payment API", f"{url('payment')}/docs")
    table.add_row("Organizer simulator", f"{url('organizer')}/docs")
    table.add_row("Object store", stack.object_store.public_endpoint)
    if stack.object_store.ours and console_runs(stack.home):
        access = stack.object_store
        table.add_row("MinIO console", url("s3-console"))
        table.add_row("", f"{access.access_key} / {access.secret_key}")
    table.add_row("Logs", str(stack.home.logs))
    out.print(table)
    out.print(f"\n[bold green]Everything is ready.[/] {how_to_stop}", soft_wrap=True)
    if stack.runs_frontend():
        out.print(f"  Open     [bold]{url('frontend')}[/]", soft_wrap=True)
    out.print(f"  Buyer    {DEMO_EMAIL} / {DEMO_PASSWORD}", soft_wrap=True)
    out.print(f"  Staff    {STAFF_EMAIL} / {STAFF_PASSWORD}", soft_wrap=True)


def show_states(stack: Stack) -> bool:
    """Prints the state of every process; returns True if all of them run and every service answers."""
    ready_urls = {process.name: process.ready_url for process in services(stack.environment())}
    table = Table("process", "state", "pid", "for", "answers")
    healthy = stack.is_up()
    for state in stack.states():
        url = ready_urls.get(state.name)
        answers = None if url is None else readiness.responds(url)
        healthy = healthy and state.statename == GOOD_STATE and answers is not False
        colour = "green" if state.statename == GOOD_STATE else "red"
        answer = "" if answers is None else "[green]yes[/]" if answers else "[red]no[/]"
        table.add_row(state.name, f"[{colour}]{state.statename}[/]", str(state.pid or ""), _duration(state), answer)
    out.print(table)
    return healthy


def _duration(state: ProcessState) -> str:
    minutes, seconds = divmod(state.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if state.pid else ""
