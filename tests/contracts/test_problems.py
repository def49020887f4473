"""The catalogue of problems is well-formed and names each problem once."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import Any

from tests.contracts.files import CONTRACTS, read

PROBLEMS: dict[str, dict[str, Any]] = read(CONTRACTS / "problems.json")["problems"]


def test_every_problem_has_a_slug_a_status_a_title_and_a_meaning() -> None:
    for slug, problem in PROBLEMS.items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", slug), slug
        assert {"status", "title", "meaning"} <= set(problem) <= {"status", "title", "meaning", "members"}, slug
        assert HTTPStatus(problem["status"]) >= HTTPStatus.BAD_REQUEST, slug
        assert problem["title"], slug
        assert problem["meaning"].endswith("."), slug


def test_every_member_of_a_problem_has_a_meaning_and_says_whether_it_is_always_sent() -> None:
    for slug, problem in PROBLEMS.items():
        for name, member in problem.get("members", {}).items():
            assert re.fullmatch(r"[a-z]+(_[a-z]+)*", name), slug
            assert member["sent"] in ("always", "sometimes"), (slug, name)
            assert member["meaning"].endswith("."), (slug, name)


def test_every_slug_has_a_sender() -> None:
    """Its name stands in the code of a service."""
    folders = ("client-django/client", "ticket-fastapi/src", "payment-aiohttp/src", "servicekit/src")
    files = [file for folder in folders for file in (CONTRACTS.parent / folder).rglob("*.py")]
    code = "\n".join(file.read_text(encoding="utf-8") for file in files)
    assert [slug for slug in PROBLEMS if f'"{slug}"' not in code] == []


def test_a_call_of_ticket_that_needs_the_database_may_be_answered_that_it_is_not_ready() -> None:
    for service in ("ticket", "payment"):
        for path, operations in read(CONTRACTS / f"openapi/{service}.json")["paths"].items():
            for method, operation in operations.items():
                described = operation["responses"].get("503")
                if path.startswith(("/api/", "/webhooks/")):
                    assert described, (service, method, path)
                assert described is None or "not-ready" in described["description"], (service, method, path)


def test_no_slug_is_listed_twice() -> None:
    listed: list[str] = []

    def remember(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        listed.extend(key for key, _ in pairs if key in PROBLEMS)
        return dict(pairs)

    json.loads((CONTRACTS / "problems.json").read_text(encoding="utf-8"), object_pairs_hook=remember)
    assert len(listed) == len(set(listed))


def test_problems_stand_in_the_order_of_their_status() -> None:
    statuses = [problem["status"] for problem in PROBLEMS.values()]
    assert statuses == sorted(statuses)


def test_every_problem_in_the_services_code_stands_in_the_catalogue_with_its_status() -> None:
    # The fewest problems that each part declares, so that none of them can go unread.
    fewest = {"client-django/client": 10, "ticket-fastapi/src": 15, "payment-aiohttp/src": 5, "servicekit/src": 10}
    found: dict[tuple[str, int], str] = {}
    for service, number in fewest.items():
        declared: set[tuple[str, int]] = set()
        for file in (CONTRACTS.parent / service).rglob("*problems.py"):
            for slug, status in re.findall(r'roblem\(\s*"([a-z-]+)",\s*(\d{3})', file.read_text(encoding="utf-8")):
                declared.add((slug, int(status)))
        assert len(declared) >= number, service
        found |= dict.fromkeys(declared, service)
    unknown = {pair: service for pair, service in found.items() if PROBLEMS.get(pair[0], {}).get("status") != pair[1]}
    assert unknown == {}
