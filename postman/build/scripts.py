"""The JavaScript that Postman and Newman run after each request: its tests, and the variables that it keeps."""

from __future__ import annotations

from postman.build import guards
from postman.build.dsl import Request
from postman.build.openapi import operation_of
from postman.build.schemas import Answer, answer_of, problem_definition
from postman.build.wording import assertion, name_of

POLL_MILLISECONDS = 250
POLL_SECONDS = 60

STATUS_TEST = "answers"
BODY_TEST = "has the documented body:"
PROBLEM_TEST = "is the problem"


class UndocumentedStatusError(Exception):
    """A request expects a status that the OpenAPI document does not list for its operation."""


def after(request: Request) -> list[str]:
    """Returns the script that runs after the request."""
    return [
        "let body = null;",
        "try { body = pm.response.json(); } catch (error) { /* no JSON: the tests below say so */ }",
        *(guards.remedy(request) if request.remedy else ()),
        *(_poll(request.until, request.statuses) if request.until else ()),
        _status_test(request),
        *_body_tests(request),
        *(_problem_test(request) if request.problem else ()),
        *(assertion(name_of(check), f"{check};") for check in request.checks),
        *(f"if (body) pm.collectionVariables.set('{name}', {value});" for name, value in request.keep.items()),
        *(_tag_kept(request.keep_tag) if request.keep_tag else ()),
        *request.after,
    ]


def expectation(request: Request) -> str:
    """Describes in words the answer that the request must get."""
    statuses = " or ".join(map(str, request.statuses))
    if request.problem:
        named = ", ".join(f"`{name}`" for name in request.wrong_fields)
        fields = f", which names {named} under `errors`" if named else ""
        return f"It must be answered with {statuses} and the problem `{request.problem}`{fields}."
    return f"It must be answered with {statuses}."


def _tag_kept(variable: str) -> list[str]:
    """Returns the test that the answer has a version, and the line that keeps it."""
    return [
        assertion("names its version in ETag", "pm.expect(pm.response.headers.get('ETag')).to.match(/^\"[0-9]+\"$/);"),
        f"if (body) pm.collectionVariables.set('{variable}', pm.response.headers.get('ETag'));",
    ]


def _status_test(request: Request) -> str:
    allowed = list(request.statuses)
    name = f"{STATUS_TEST} {' or '.join(map(str, allowed))}"
    return assertion(name, f"pm.expect(pm.response.code).to.be.oneOf({allowed});")


def _body_tests(request: Request) -> list[str]:
    """Returns a test for each status: the body must have the schema of the OpenAPI document."""
    operation = operation_of(request.service, request.method, request.path)
    if operation is None:
        answer = Answer("application/problem+json", problem_definition(request.service)) if request.problem else None
        return [_body_test(request.service, answer)] if answer else []
    lines = []
    for status in request.statuses:
        answer = answer_of(operation, status)
        if answer is None:
            raise UndocumentedStatusError(f"{operation} answers {status}, which its OpenAPI document does not list.")
        line = _body_test(request.service, answer)
        lines.append(line if len(request.statuses) == 1 else f"if (pm.response.code === {status}) {line}")
    return lines


def _body_test(service: str, answer: Answer) -> str:
    name = f"{BODY_TEST} {answer.definition or answer.media_type or 'none'}"
    if answer.media_type is None:
        return assertion(name, "pm.expect(pm.response.text()).to.eql('');")
    media_type = f"pm.expect(pm.response.headers.get('Content-Type')).to.include('{answer.media_type}');"
    if answer.definition is None:
        return assertion(name, f"{media_type} pm.expect(pm.response.text()).to.not.eql('');")
    schemas = f"...JSON.parse(pm.collectionVariables.get('openapi_{service}'))"
    schema = f"{{ {schemas}, $ref: '#/definitions/{answer.definition}' }}"
    return assertion(name, f"{media_type} pm.response.to.have.jsonSchema({schema});")


def _problem_test(request: Request) -> list[str]:
    expected = [
        f"pm.expect(body.type).to.eql('{request.problem}');",
        "pm.expect(body.status).to.eql(pm.response.code);",
        *(f"pm.expect(body.errors.map(error => error.field)).to.include('{name}');" for name in request.wrong_fields),
    ]
    return [assertion(f"{PROBLEM_TEST} {request.problem}", " ".join(expected))]


def _poll(until: str, statuses: tuple[int, ...]) -> list[str]:
    """Repeats the request through `setNextRequest`, which Postman's runner and Newman both follow.

    A refusal that is not expected or a missing answer ends the repetition at once, since it will not change.
    """
    passing = sorted({200, 404, *statuses})
    return [
        "const asked = Number(pm.collectionVariables.get('asked_since')) || Date.now();",
        f"const patient = Date.now() - asked < {POLL_SECONDS * 1000} && {passing}.includes(pm.response.code);",
        f"if (patient && !(body && ({until}))) {{",
        "  pm.collectionVariables.set('asked_since', asked);",
        f"  setTimeout(() => {{}}, {POLL_MILLISECONDS});",
        "  pm.execution.setNextRequest(pm.info.requestId);",
        "  return;",
        "}",
        "pm.collectionVariables.unset('asked_since');",
        assertion(
            name_of(f"pm.expect({until}).to.be.true"),
            f"pm.expect(Boolean(body && ({until}))).to.be.true;",
        ),
    ]
