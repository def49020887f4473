"""Scripts that stop a run at once, with one failure and one sentence that says what to do."""

from __future__ import annotations

import json
from collections.abc import Mapping

from postman.build.dsl import Request

SET_UP = "0 Set up"
SET_UP_MINUTES = 14
"""A minute less than the lifetime of the set-up's access tokens."""

ENVIRONMENT_TEST = "the chosen environment has every address and key"
SET_UP_TEST = "the set-up was run before"
NEEDS_TEST = "the folder that this one needs was run before"

START = "start the platform (./dev up or docker compose up) and choose its environment at the top right"
CHOOSE = (
    'choose the environment "Ticketing: compose" at the top right, or make one for ./dev with "./dev postman" and '
    "import it"
)


def _stop(test: str, sentence: str) -> tuple[str, ...]:
    """Fails one test and sends neither this request nor a later one; `sentence` is a JavaScript template."""
    return (
        f"  pm.test('{test}', () => {{ throw new Error(`{sentence}.`); }});",
        "  pm.execution.setNextRequest(null);",
        "  pm.execution.skipRequest();",
    )


def environment_check(variables: tuple[str, ...]) -> tuple[str, ...]:
    """Stops the run if a variable has no value, because no environment is chosen or one of its keys is empty."""
    return (
        f"const wanted = {json.dumps(variables)};",
        "const missing = wanted.filter(name => !pm.variables.get(name));",
        "if (missing.length > 0) {",
        "  const some = `No value for ${missing.join(', ')}`;",
        "  const lack = missing.length === wanted.length ? 'No environment is chosen' : some;",
        *_stop(ENVIRONMENT_TEST, f"${{lack}}: {CHOOSE}"),
        "}",
    )


def remedy(request: Request) -> list[str]:
    """Stops the run if the request does not get the expected answer.

    A request without an answer has failed already, so its sentence stands in a skipped test and adds no failure.
    """
    no_answer = f"No answer from {{{{{request.service}_url}}}}: {START}."
    return [
        f"if (!{list(request.statuses)}.includes(pm.response.code)) {{",
        "  pm.execution.setNextRequest(null);",
        "  if (!pm.response.code) {",
        f"    pm.test.skip(pm.variables.replaceIn({json.dumps(no_answer)}));",
        "    return;",
        "  }",
        f"  pm.test(pm.variables.replaceIn({json.dumps(request.remedy)}), () => {{",
        "    throw new Error(`It was answered with ${pm.response.code}.`);",
        "  });",
        "  return;",
        "}",
    ]


def set_up_check() -> list[str]:
    """Stops a folder if the set-up is missing, too old, or was run for another address."""
    sentence = (
        f'Run the folder "{SET_UP}" first, then this one: it makes the buyers and the event, and lasts '
        f"{SET_UP_MINUTES} minutes"
    )
    return [
        "const isFresh = Date.now() < Number(pm.collectionVariables.get('set_up_until'));",
        "if (!isFresh || pm.collectionVariables.get('set_up_for') !== pm.variables.get('client_url')) {",
        *_stop(SET_UP_TEST, sentence),
        "}",
    ]


def needs_check(needs: Mapping[str, str]) -> list[str]:
    """Stops a folder if another folder that it needs was not run; `needs` maps variables to folders."""
    return [
        line
        for variable, folder in needs.items()
        for line in (
            f"if (!pm.collectionVariables.get('{variable}')) {{",
            *_stop(NEEDS_TEST, f'Run the folder "{folder}" first, then this one: it makes what is looked at here'),
            "}",
        )
    ]


def set_up_done() -> tuple[str, ...]:
    """Stores that the set-up is complete, its address, and the time until which its tokens are valid."""
    return (
        f"pm.collectionVariables.set('set_up_until', Date.now() + {SET_UP_MINUTES} * 60000);",
        "pm.collectionVariables.set('set_up_for', pm.variables.get('client_url'));",
    )


def set_up_begins(kept: tuple[str, ...]) -> tuple[str, ...]:
    """Deletes the variables of earlier runs; keeps the variables that the collection defines from the start."""
    return (
        "Object.keys(pm.collectionVariables.toObject())",
        f"  .filter(name => !{json.dumps(kept)}.includes(name))",
        "  .forEach(name => pm.collectionVariables.unset(name));",
    )
