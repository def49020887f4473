"""The parts of a stack: servers, migrations, and processes of the services (contracts/README.md, "Processes")."""

import sys
from dataclasses import dataclass, field
from pathlib import Path

from devstack import object_store, service_environment
from devstack.environment import StackEnvironment
from devstack.home import REPOSITORY
from devstack.ports import HOST
from devstack.postgres import LASTING_SETTINGS, PostgresServer

PYTHON = sys.executable


@dataclass(frozen=True)
class Process:
    """One supervised process."""

    name: str
    command: list[str]
    folder: Path
    environment: dict[str, str] = field(repr=False)
    ready_url: str | None = None
    """A URL that answers 200 when the process can work; None for a worker, which is ready if it stays alive."""
    listens: tuple[str, ...] = ()
    """The ports (names of `devstack.ports`) that must be free for the process."""
    stop_signal: str = "TERM"
    stop_seconds: int = 15


@dataclass(frozen=True)
class Step:
    """A command that must succeed before the services start."""

    name: str
    title: str
    command: list[str]
    folder: Path
    environment: dict[str, str] = field(repr=False)


@dataclass(frozen=True)
class Plan:
    """The steps and processes that are started after the servers, in this order."""

    migrations: list[Step]
    services: list[Process]
    seeds: Step | None
    """The step that fills an empty catalogue."""


def postgres_server(stack: StackEnvironment) -> PostgresServer:
    """Returns the stack's own PostgreSQL server."""
    return PostgresServer(
        stack.home.postgres, stack.ports.of("postgres"), stack.secrets.postgres_password, LASTING_SETTINGS
    )


def postgres(stack: StackEnvironment) -> Process:
    """Returns the process of the stack's PostgreSQL. It is stopped by INT, which does not wait for clients."""
    return Process(
        "postgres",
        postgres_server(stack).command(),
        stack.home.path,
        service_environment.base(stack),
        listens=("postgres",),
        stop_signal="INT",
        stop_seconds=30,
    )


def s3(stack: StackEnvironment) -> Process:
    """Returns the process of the stack's object store."""
    access = stack.object_store
    server = object_store.server(
        stack.home.object_store,
        stack.ports.of("s3"),
        stack.ports.of("s3-console"),
        access.access_key,
        access.secret_key,
    )
    listens = ("s3", "s3-console") if server.has_console else ("s3",)
    environment = {**service_environment.base(stack), **server.environment}
    return Process("s3", server.command, stack.home.path, environment, listens=listens)


def whole_platform(stack: StackEnvironment) -> Plan:
    """Returns the plan for all services, with their migrations and the seeds."""
    return Plan(migrations(stack), services(stack), seeds(stack))


def migrations(stack: StackEnvironment) -> list[Step]:
    """Returns the steps that upgrade each database to the newest schema, one after another."""
    base = service_environment.base(stack)
    django = REPOSITORY / "client-django"
    client = {**base, **service_environment.client(stack)}
    return [
        Step(
            "migrate-client",
            "client migrations and staff account",
            [PYTHON, "manage.py", "bootstrap_staff", "--migrate"],
            django,
            client,
        ),
        Step(
            "migrate-ticket",
            "ticket migrations",
            [PYTHON, "-m", "ticketing.migrate"],
            REPOSITORY / "ticket-fastapi",
            # The key of organizers that were made before each had one of its own.
            {**base, **service_environment.ticket(stack), "ORGANIZER_API_KEY": stack.secrets.organizer_key},
        ),
        Step(
            "migrate-payment",
            "payment migrations",
            [PYTHON, "-m", "payments.migrate"],
            REPOSITORY / "payment-aiohttp",
            {**base, **service_environment.payment(stack)},
        ),
    ]


def services(stack: StackEnvironment) -> list[Process]:
    """Returns the processes of the services; a service comes before the services that call it."""
    base = service_environment.base(stack)
    client = {**base, **service_environment.client(stack)}
    ticket = {**base, **service_environment.ticket(stack)}
    payment = {**base, **service_environment.payment(stack)}
    organizer = {**base, **service_environment.organizer(stack)}
    frontend = {**base, **service_environment.frontend(stack)}
    client_folder, ticket_folder, payment_folder, frontend_folder = (
        REPOSITORY / name for name in ("client-django", "ticket-fastapi", "payment-aiohttp", "frontend-streamlit")
    )
    ready = {part: f"{stack.ports.url(part)}/readyz" for part in ("client", "ticket", "payment", "organizer")}
    gunicorn = [PYTHON, "-m", "gunicorn", "-c", "config/gunicorn.py", "config.wsgi:application"]
    streamlit = [
        PYTHON,
        "-m",
        "streamlit",
        "run",
        "streamlit_app.py",
        "--server.headless",
        "true",
        "--server.address",
        HOST,
    ]
    # Else its master, when it is killed, would leave a folder in the system's place for temporary files.
    counting = {**client, "PROMETHEUS_MULTIPROC_DIR": str(stack.home.client_metrics)}
    port = str(stack.ports.of("frontend"))
    health = f"{stack.ports.url('frontend')}/_stcore/health"
    dashboard = Process(
        "frontend", [*streamlit, "--server.port", port], frontend_folder, frontend, health, ("frontend",)
    )
    return [
        Process(
            "organizer",
            [PYTHON, "-m", "organizer_simulator.main"],
            ticket_folder,
            organizer,
            ready["organizer"],
            ("organizer",),
        ),
        Process("payment", [PYTHON, "-m", "payments.app"], payment_folder, payment, ready["payment"], ("payment",)),
        Process("payment-worker", [PYTHON, "-m", "payments.worker"], payment_folder, payment),
        Process("ticket", [PYTHON, "-m", "ticketing.main"], ticket_folder, ticket, ready["ticket"], ("ticket",)),
        Process("ticket-worker", [PYTHON, "-m", "ticketing.worker"], ticket_folder, ticket),
        Process("client", gunicorn, client_folder, counting, ready["client"], ("client",)),
        Process("client-worker", [PYTHON, "manage.py", "run_worker"], client_folder, client),
        *([dashboard] if stack.runs_frontend() else []),
    ]


def seeds(stack: StackEnvironment) -> Step:
    """Returns the step that loads catalogue and accounts through the public interfaces. It can be repeated."""
    logins = {name: stack.lines()[name] for name in ("STAFF_EMAIL", "STAFF_PASSWORD", "DEMO_EMAIL", "DEMO_PASSWORD")}
    addresses = {"CLIENT_URL": stack.ports.url("client"), "ORGANIZER_URL": stack.ports.url("organizer")}
    key = {"ORGANIZER_API_KEY": stack.secrets.organizer_key}
    environment = {**service_environment.base(stack), **addresses, **logins, **key}
    return Step("seeds", "seeds", [PYTHON, "seeds/load.py"], REPOSITORY, environment)
