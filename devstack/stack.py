"""One whole platform on this machine: start, state, stop."""

import contextlib
import fcntl
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from devstack import catalogue, given_servers, orphans, ports, processes, readiness
from devstack.deadlines import stretched
from devstack.environment import DATABASES, WITHOUT_FRONTEND, StackEnvironment, describe
from devstack.failures import StackFailure
from devstack.home import Home
from devstack.prepared import PreparedDatabases
from devstack.private_file import write_private
from devstack.processes import Plan, Process, Step
from devstack.steps import out, step
from devstack.supervision import ProcessState, Supervisor
from devstack.unusable_folder import FULL, unusable

STEP_SECONDS = 300

REMEMBERED = (
    "PORT_OFFSET",
    WITHOUT_FRONTEND,
    *(f"{name.upper()}_DATABASE_URL" for name in DATABASES),
    *(f"S3_{name}" for name in ("ENDPOINT", "PUBLIC_ENDPOINT", "REGION", "BUCKET", "ACCESS_KEY", "SECRET_KEY")),
)
"""What decides where a running stack is found; other commands take it from the stack."""


@dataclass(frozen=True)
class Stack:
    """The stack of one home."""

    home: Home
    given: Mapping[str, str]
    plan: Callable[[StackEnvironment], Plan] = processes.whole_platform

    @property
    def supervisor(self) -> Supervisor:
        """What keeps its processes alive."""
        return Supervisor(self.home)

    def is_up(self) -> bool:
        """Whether it was started completely and has not been stopped."""
        return self.was_started() and self.supervisor.is_running()

    def was_started(self) -> bool:
        """Whether it was started completely and nobody has asked it to stop since."""
        return self._description.exists()

    def environment(self) -> StackEnvironment:
        """Of the running stack; if none runs, of the one that `up` would start."""
        given = dict(self.given)
        if self.is_up():
            given.update(json.loads(self._description.read_text()))
        return describe(self.home, given)

    def up(self) -> StackEnvironment:
        """Starts everything and returns when all of it is ready; when a step fails, everything is stopped again."""
        self.home.make()
        try:
            with self._starting():
                return self.environment() if self.is_up() else self._start_or_stop()
        except (StackFailure, OSError) as error:
            if self.home.is_full():
                raise unusable(self.home.path, FULL) from error
            raise

    def down(self) -> bool:
        """Stops everything; False if nothing was running."""
        if not self.home.path.exists():
            return False
        was_running = self.supervisor.is_running()
        return self._stop() > 0 or was_running

    def reset(self) -> None:
        """Stops everything and forgets all state."""
        self.down()
        try:
            shutil.rmtree(self.home.path)
        except FileNotFoundError:
            return
        except OSError as error:
            raise StackFailure(f"The folder {self.home.path} could not be removed: {error.strerror}.") from error

    def states(self) -> list[ProcessState]:
        """Every process with its state."""
        return self.supervisor.states()

    def seed(self, stack: StackEnvironment) -> None:
        """Loads the catalogue and the accounts of `seeds/`; repeating it changes nothing."""
        self._run(processes.seeds(stack))

    def _start_or_stop(self) -> StackEnvironment:
        stack = describe(self.home, self.given)
        given_servers.require(stack)
        self._clear_remains()
        try:
            self._start(stack)
        except BaseException:
            self._stop()
            raise
        return stack

    def _start(self, stack: StackEnvironment) -> None:
        plan = self.plan(stack)
        prepared = PreparedDatabases.find(stack, plan.migrations)
        password = prepared.copy_to(self.home.postgres) if prepared else None
        postgres, s3 = self._servers(stack)
        _require_folders(plan.services)
        supervised = [*postgres, *s3, *plan.services]
        ports.require_free(stack.ports, [part for process in supervised for part in process.listens])
        with step("process supervisor"):
            self.supervisor.start(stack, supervised)
        for server in postgres:
            with step("PostgreSQL"):
                self._start_postgres(stack, server, password)
        with step("object store"):
            self._start_object_store(stack, s3)
        if password is None:
            for migration in plan.migrations:
                self._run(migration)
            if prepared:
                self._keep(prepared, stack, postgres)
        for service in plan.services:
            self.supervisor.run(service.name)
        for service in plan.services:
            with step(service.name):
                readiness.wait(self.supervisor, service)
        if plan.seeds and catalogue.is_empty(stack):
            self._run(plan.seeds)
        self._remember(stack)

    def _servers(self, stack: StackEnvironment) -> tuple[list[Process], list[Process]]:
        """PostgreSQL and the object store, each left out when the environment names one to use instead."""
        postgres: list[Process] = []
        if stack.runs_postgres:
            with step("database files"):
                postgres.append(processes.postgres(stack))
        return postgres, [processes.s3(stack)] if stack.object_store.ours else []

    def _start_postgres(self, stack: StackEnvironment, process: Process, password: str | None) -> None:
        """Starts the server; `password` is the one of the home whose files were copied."""
        self.supervisor.run(process.name)
        server = processes.postgres_server(stack)
        at_first = replace(server, password=password or server.password)
        readiness.wait(self.supervisor, process, at_first.answers)
        if password is not None:
            at_first.change_password(server.password)
        server.make_databases(stack.database_passwords())

    def _keep(self, prepared: PreparedDatabases, stack: StackEnvironment, servers: list[Process]) -> None:
        """Keeps the migrated databases, before a service writes into them, for the next new stack."""
        for server in servers:
            with step("copy of the databases"):
                self.supervisor.stop(server.name)
                prepared.keep(self.home.postgres, stack.secrets.postgres_password)
                self._start_postgres(stack, server, password=None)

    def _start_object_store(self, stack: StackEnvironment, servers: list[Process]) -> None:
        from devstack import bucket  # noqa: PLC0415 - takes long

        for server in servers:
            self.supervisor.run(server.name)
            readiness.wait(self.supervisor, server, lambda: bucket.answers(stack.object_store))
        bucket.make_bucket(stack.object_store)

    def _run(self, todo: Step) -> None:
        log = self.home.log(todo.name)
        with step(todo.title), log.open("w") as output:
            try:
                done = subprocess.run(
                    todo.command,
                    cwd=todo.folder,
                    env=todo.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    timeout=stretched(STEP_SECONDS),
                )
            except OSError as error:
                raise StackFailure(f"The step “{todo.title}” could not be started: {error}.", log) from error
            except subprocess.TimeoutExpired as error:
                raise StackFailure(
                    f"The step “{todo.title}” did not end within {STEP_SECONDS} seconds.", log
                ) from error
            if done.returncode != 0:
                raise StackFailure(f"The step “{todo.title}” failed (exit status {done.returncode}).", log)

    def _clear_remains(self) -> None:
        """Ends what an earlier stack of this home left behind when it was killed or its start was cut short."""
        count = self._stop()
        if count:
            out.print(f"[yellow]·[/] ended {count} processes that an earlier stack had left behind")

    def _stop(self) -> int:
        self._description.unlink(missing_ok=True)
        self.supervisor.shut_down()
        return orphans.end(self.home)

    def _remember(self, stack: StackEnvironment) -> None:
        found = {name: stack.given.get(name, "") for name in REMEMBERED}
        write_private(self._description, json.dumps(found))

    @contextlib.contextmanager
    def _starting(self) -> Iterator[None]:
        """Of two that start the same home at once, the second waits and then finds it running."""
        with (self.home.run / "starting.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                out.print("· waiting: another ./dev is starting this stack")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @property
    def _description(self) -> Path:
        return self.home.run / "stack.json"


def _require_folders(services: list[Process]) -> None:
    for service in services:
        if not service.folder.is_dir():
            raise StackFailure(f"The folder {service.folder} of {service.name} is missing; this clone is not complete.")
