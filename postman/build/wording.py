"""Names of tests: describes a check, which is a line of JavaScript, in words for Postman's list of results."""

from __future__ import annotations

import json
import re

_EXPECTATION = re.compile(r"pm\.expect\((.*)\)\.to\.([a-z.]+)(?:\((.*)\))?", re.IGNORECASE)
_SAYS = {
    "eql": "is {}",
    "be.true": "",
    "be.null": "is null",
    "be.a": "is a {}",
    "be.above": "is above {}",
    "be.at.least": "is at least {}",
    "be.below": "is below {}",
    "be.within": "is within [{}]",
    "be.oneOf": "is one of {}",
    "have.length": "has length {}",
    "include": "includes {}",
    "include.all.keys": "has {}",
    "include.members": "includes {}",
    "match": "matches {}",
    "not.eql": "is not {}",
}
_PLAINER = (
    (re.compile(r"pm\.collectionVariables\.get\('(\w+)'\)"), r"{{\1}}"),
    (re.compile(r"pm\.response\.headers\.get\('([\w-]+)'\)"), r"\1"),
    (re.compile(r"pm\.response\.text\(\)"), "the text"),
    (re.compile(r"pm\.response\.responseTime"), "the time in milliseconds"),
    (re.compile(r" === "), " is "),
    (re.compile(r"^(.*) is a '(\w+)'$"), r"\1 is a \2"),
    (re.compile(r"\bbody\."), ""),
    (re.compile(r"\bbody\b"), "the answer"),
)


def name_of(check: str) -> str:
    """Names `pm.expect(body.status).to.eql('PAID')` as `status is 'PAID'`; the name of an unknown check is its code."""
    expectation = _EXPECTATION.fullmatch(check)
    if expectation is None or expectation[2] not in _SAYS:
        return check
    name = f"{expectation[1]} {_SAYS[expectation[2]].format(expectation[3])}".strip()
    for pattern, plainer in _PLAINER:
        name = pattern.sub(plainer, name)
    return name


def assertion(name: str, body: str) -> str:
    """Returns a Postman test with a name and its lines."""
    return f"pm.test({json.dumps(name, ensure_ascii=False)}, () => {{ {body} }});"
