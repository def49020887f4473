"""A private stack with a fault proxy on every link between its processes."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from devstack import processes as plans
from devstack.environment import StackEnvironment
from devstack.home import Home
from devstack.ports import BASE_PORTS, HOST
from devstack.processes import Plan
from devstack.stack import Stack
from tests.support.database_disk import DatabaseDisk, NoDiskError, database_on_a_disk
from tests.support.environment import Environment
from tests.support.fault_proxy import FaultProxy, Link, Pace
from tests.support.mail_sink import MailSink, mail_sink
from tests.support.processes import Processes
from tests.support.stack import RunningStack, free_offset, variables_of_its_own

CLOCK_SKEW_SECONDS = {"client": 20, "ticket": -20, "payment": 10}
"""By how much the clock of each service is wrong, its worker's too; those of PostgreSQL and organizers are right."""
SKEWED_CLOCK = Path(__file__).with_name("skewed_clock")


@dataclass(frozen=True)
class Network:
    """The links of a stack, named caller first."""

    client_ticket: Link
    ticket_organizer: Link
    ticket_stranger: Link
    """To the same simulator as `ticket_organizer`, for organizers whose trouble must not be everybody's."""
    ticket_payment: Link
    payment_ticket: Link
    ticket_client: Link
    client_postgres: Link
    ticket_postgres: Link
    payment_postgres: Link
    ticket_s3: Link
    client_mail: Link

    def links(self) -> dict[str, Link]:
        """Every link by its name."""
        return dict(vars(self))

    def mend(self) -> None:
        """Makes every link whole."""
        for link in self.links().values():
            link.set(None)


@dataclass(frozen=True, kw_only=True)
class FaultyStack(RunningStack):
    """A running stack, the links of its processes, the mail server that they lead to, and its database's disk."""

    network: Network
    mail: MailSink
    disk: DatabaseDisk | NoDiskError
    """The error says why there is none."""

    @property
    def stranger_url(self) -> str:
        """How ticket reaches the simulator over the link of the troubled organizers."""
        return self.network.ticket_stranger.url


@contextmanager
def faulty_stack(
    settings: Mapping[str, str] | None = None, pace: Pace | None = None, folder: Path | None = None
) -> Iterator[FaultyStack]:
    """A stack of its own whose links are whole at first, gone afterwards with all its data.

    Its home is made in `folder`, by default where the system puts temporary files.
    """
    home = Path(tempfile.mkdtemp(prefix="ticketing-test-", dir=folder))
    home.chmod(0o755)  # PostgreSQL may run as another user, who has to pass through
    offset = free_offset(BASE_PORTS.values())
    with FaultProxy(pace) as proxy, mail_sink() as mail, ExitStack() as mounted:
        network = _network(proxy, {part: port + offset for part, port in BASE_PORTS.items()}, mail.port)
        variables = {
            **variables_of_its_own(),
            "EMAIL_HOST": HOST,
            "EMAIL_PORT": str(network.client_mail.port),
            **(settings or {}),
            "PORT_OFFSET": str(offset),
        }
        stack = Stack(Home(home), variables, lambda described: _over(network, described))
        try:
            described = stack.up()
            environment = replace(Environment.of(described.lines()), organizer_inside_url=network.ticket_organizer.url)
            processes = Processes(home)
            disk = _disk(mounted, Home(home), processes)
            yield FaultyStack(environment, home, processes, network=network, mail=mail, disk=disk)
        finally:
            network.mend()
            stack.down()
            mounted.close()
            shutil.rmtree(home, ignore_errors=True)


def _disk(mounted: ExitStack, home: Home, processes: Processes) -> DatabaseDisk | NoDiskError:
    try:
        return mounted.enter_context(database_on_a_disk(home.postgres, processes))
    except NoDiskError as reason:
        return reason


def _network(proxy: FaultProxy, ports: Mapping[str, int], mail_port: int) -> Network:
    return Network(
        client_ticket=proxy.link(ports["ticket"]),
        ticket_organizer=proxy.link(ports["organizer"]),
        ticket_stranger=proxy.link(ports["organizer"]),
        ticket_payment=proxy.link(ports["payment"]),
        payment_ticket=proxy.link(ports["ticket"]),
        ticket_client=proxy.link(ports["client"]),
        client_postgres=proxy.link(ports["postgres"]),
        ticket_postgres=proxy.link(ports["postgres"]),
        payment_postgres=proxy.link(ports["postgres"]),
        ticket_s3=proxy.link(ports["s3"]),
        client_mail=proxy.link(mail_port),
    )


def _over(network: Network, stack: StackEnvironment) -> Plan:
    """The whole platform with an empty catalogue; its services find each other over the links."""
    over: dict[str, dict[str, str | Link]] = {
        "client": {"TICKET_URL": network.client_ticket.url, "DATABASE_URL": network.client_postgres},
        "ticket": {
            "PAYMENT_URL": network.ticket_payment.url,
            "CLIENT_WEBHOOK_URL": f"{network.ticket_client.url}/webhooks/ticket",
            "S3_ENDPOINT": network.ticket_s3.url,
            "DATABASE_URL": network.ticket_postgres,
        },
        "payment": {
            "WEBHOOK_URL": f"{network.payment_ticket.url}/webhooks/payment",
            "DATABASE_URL": network.payment_postgres,
        },
    }
    for service, seconds in CLOCK_SKEW_SECONDS.items():
        over[service]["CLOCK_SKEW_SECONDS"] = str(seconds)
    services = [
        replace(process, environment=_changed(process.environment, over.get(process.name.removesuffix("-worker"), {})))
        for process in plans.services(stack)
    ]
    return Plan(plans.migrations(stack), [each for each in services if each.name != "frontend"], seeds=None)


def _changed(environment: Mapping[str, str], changes: Mapping[str, str | Link]) -> dict[str, str]:
    def value(name: str, change: str | Link) -> str:
        if isinstance(change, str):
            return change
        parts = urlsplit(environment[name])
        return parts._replace(netloc=f"{parts.username}:{parts.password}@{HOST}:{change.port}").geturl()

    changed = {**environment, **{name: value(name, change) for name, change in changes.items()}}
    if "CLOCK_SKEW_SECONDS" in changed:
        changed["PYTHONPATH"] = os.pathsep.join(filter(None, (str(SKEWED_CLOCK), changed.get("PYTHONPATH"))))
    return changed
