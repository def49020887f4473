"""Which services are held to the vectors of a contract, and whether their tests run all of them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from devstack.home import REPOSITORY
from devstack.locks import KIT, SERVICES

CLIENT, TICKET, PAYMENT, _ = SERVICES


@dataclass(frozen=True)
class Held:
    """The folders whose tests run every entry of these lists of a contract."""

    contract: str
    lists: tuple[str, ...]
    folders: tuple[str, ...]


HELD = (
    Held("money.json", ("vectors", "stored_vectors"), (*SERVICES, KIT)),
    Held("time.json", ("vectors",), (*SERVICES, KIT)),
    Held("time.json", ("zones", "refused_zones", "instants", "refused_instants"), (CLIENT, TICKET, PAYMENT, KIT)),
    Held("webhooks/signatures.json", ("vectors",), (CLIENT, TICKET, KIT)),
)


def not_run(repository: Path = REPOSITORY) -> list[str]:
    """A line for each list of vectors that no test of a folder runs as a whole."""
    return [
        f"{folder}: no test is parametrized with all `{name}` of contracts/{held.contract}"
        for held in HELD
        for folder in held.folders
        for name in held.lists
        if name not in _lists_run(repository / folder / "tests", held.contract)
    ]


def _lists_run(tests: Path, contract: str) -> set[str]:
    found: set[str] = set()
    for file in tests.rglob("test_*.py"):
        text = file.read_text(encoding="utf-8")
        if Path(contract).name in text:
            found |= set(_lists_in(ast.parse(text)))
    return found


def _lists_in(module: ast.Module) -> Iterator[str]:
    """The lists with which tests of the module are parametrized; those that are filtered do not count."""
    constants = {
        target.id: node.value
        for node in module.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    for test in ast.walk(module):
        if isinstance(test, ast.FunctionDef | ast.AsyncFunctionDef) and test.name.startswith("test_"):
            for decorator in test.decorator_list:
                if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).endswith("mark.parametrize"):
                    yield from _whole_lists(decorator.args[1], constants)


def _whole_lists(values: ast.expr, constants: dict[str, ast.expr]) -> Iterator[str]:
    match values:
        case ast.Name(id=name) if name in constants:
            yield from _whole_lists(constants[name], constants)
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            yield name
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            yield from _whole_lists(left, constants)
            yield from _whole_lists(right, constants)
        case ast.List(elts=parts):
            for part in parts:
                if isinstance(part, ast.Starred):
                    yield from _whole_lists(part.value, constants)
