"""Every list of vectors in `contracts/` is run by the tests of every folder that is held to it."""

import ast
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

CLIENT, TICKET, PAYMENT, DASHBOARD = "client-django", "ticket-fastapi", "payment-aiohttp", "frontend-streamlit"
KIT = "servicekit"
ALL = (KIT, CLIENT, TICKET, PAYMENT, DASHBOARD)

HELD_TO: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "money.json": {"vectors": ALL, "stored_vectors": ALL, "refused": (KIT, TICKET, PAYMENT)},
    "text.json": {
        "one_line": ALL,
        "several_lines": (KIT, TICKET, DASHBOARD),
        "on_one_line": (KIT, CLIENT),
        "look_alike": (KIT, TICKET),
    },
    "email.json": {"vectors": (KIT, CLIENT, TICKET, PAYMENT), "same": (KIT, CLIENT)},
    "single_seats.json": {"vectors": (TICKET, DASHBOARD)},
    "seats.json": {"labels": (CLIENT, TICKET, DASHBOARD), "partly_known": (CLIENT, DASHBOARD)},
    "time.json": {
        "vectors": ALL,
        "zones": (KIT, CLIENT, TICKET, PAYMENT),
        "refused_zones": (KIT, CLIENT, TICKET, PAYMENT),
        "instants": (KIT, CLIENT, TICKET, PAYMENT),
        "refused_instants": (KIT, CLIENT, TICKET, PAYMENT),
    },
    "webhooks/batches.json": {"envelopes": (CLIENT, TICKET), "answers": (KIT,)},
    "webhooks/signatures.json": {"vectors": (KIT, CLIENT, TICKET)},
    "viewer_address.json": {"vectors": (KIT, CLIENT), "counted": (KIT, CLIENT)},
    "requests.json": {"vectors": (KIT, TICKET), "own_keys": (TICKET,)},
}
"""For each file, its lists of vectors and who runs each."""
NO_VECTORS = {"fields", "currencies", "exceptions"}
"""Lists and tables that are no vectors."""


def missing(repository: Path, held_to: Mapping[str, Mapping[str, tuple[str, ...]]] = HELD_TO) -> list[str]:
    """What nobody runs although it should be, a line for each; also a list that this file does not know."""
    return [*_unlisted(repository / "contracts", held_to), *_not_run(repository, held_to)]


def _unlisted(contracts: Path, held_to: Mapping[str, Mapping[str, tuple[str, ...]]]) -> Iterator[str]:
    for file, lists in held_to.items():
        document = json.loads((contracts / file).read_text(encoding="utf-8"))
        found = {name for name, value in document.items() if isinstance(value, list | dict)} - NO_VECTORS
        for name in sorted(found ^ lists.keys()):
            yield f"contracts/{file}: it is not said who runs {name}" if name in found else f"{file} has no {name}"


def _not_run(repository: Path, held_to: Mapping[str, Mapping[str, tuple[str, ...]]]) -> Iterator[str]:
    for file, lists in held_to.items():
        for folder in {folder for folders in lists.values() for folder in folders}:
            run = _lists_run(repository / folder / "tests", file)
            for name in sorted(name for name, folders in lists.items() if folder in folders and name not in run):
                yield f"{folder}: no test runs {name} of contracts/{file}"


def _lists_run(tests: Path, file: str) -> set[str]:
    """The names that stand in tests which read the contract, or in what those tests use."""
    run: set[str] = set()
    for path in tests.rglob("test_*.py"):
        text = path.read_text(encoding="utf-8")
        if Path(file).name in text:
            constants = _constants_of_tests(ast.parse(text))
            if any(constant.rpartition("/")[2] == Path(file).name for constant in constants):
                run |= constants
    return run


def _constants_of_tests(module: ast.Module) -> set[str]:
    """Every text in the module's tests, and in the functions, fixtures and values of the module that they reach."""
    defined = dict(_definitions(module))
    pending = {name for name in defined if name.startswith("test_")}
    reached: set[str] = set()
    constants: set[str] = set()
    while pending:
        reached |= pending
        nodes = [node for name in pending for node in ast.walk(defined[name])]
        constants |= {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
        used = {node.id for node in nodes if isinstance(node, ast.Name)}
        used |= {node.arg for node in nodes if isinstance(node, ast.arg)}
        pending = (used & defined.keys()) - reached
    return constants


def _definitions(module: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node
        elif isinstance(node, ast.Assign):
            yield from ((target.id, node.value) for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            yield node.target.id, node.value
