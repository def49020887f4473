"""`python -m tests.postman.record`: records an answer to every request of the collection on the running stack.

What it writes, `postman/examples.json`, is shown in Postman as the saved example of each request. Tokens, keys and
signatures are left out, long lists are cut; the latest answer of a request that asks again is the one that is kept.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from postman.build.__main__ import local_environment
from postman.build.environments import environment
from tests.postman import newman

Json = dict[str, Any]

EXAMPLES = newman.POSTMAN / "examples.json"
SHOWN_HEADERS = ("content-type", "idempotent-replay", "retry-after", "location")
MOST_BODY, MOST_ITEMS, MOST_TEXT = 20_000, 2, 2000
LEFT_OUT = "…"
SECRET_FIELDS = frozenset({"access", "refresh", "sha256"})
SECRET_TEXT = re.compile(r"(X-Amz-(?:Signature|Credential)=)[^&\"]+|(/pay/)[A-Za-z0-9_-]+|https?://[^/\"\s]+")


def recorded(report: Json) -> dict[str, Json]:
    """The answer to each request, by its place in the collection."""
    places = dict(_places(report["collection"]["item"], ""))
    return {
        places[run["item"]["id"]]: _answer(run["response"]) for run in report["run"]["executions"] if "response" in run
    }


def _places(items: list[Json], above: str) -> Iterator[tuple[str, str]]:
    for item in items:
        place = f"{above} / {item['name']}" if above else item["name"]
        if "item" in item:
            yield from _places(item["item"], place)
        else:
            yield item["id"], place


def _answer(response: Json) -> Json:
    headers = {header["key"].lower(): header["value"] for header in response["header"]}
    text = bytes(response.get("stream", {}).get("data", [])).decode("utf-8", errors="replace")
    return {
        "status": response["status"],
        "code": response["code"],
        "header": [{"key": name, "value": headers[name]} for name in SHOWN_HEADERS if name in headers],
        "body": _shown(text, headers.get("content-type", "")),
    }


def _shown(text: str, media_type: str) -> str:
    if "json" in media_type and len(text) <= MOST_BODY:
        return _without_secrets(json.dumps(_shortened(json.loads(text)), indent=2, ensure_ascii=False))
    return (
        _without_secrets(text)
        if len(text) <= MOST_TEXT and text.isprintable()
        else f"({len(text)} characters of {media_type})"
    )


def _shortened(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: LEFT_OUT if name in SECRET_FIELDS else _shortened(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_shortened(inner) for inner in value[:MOST_ITEMS]]
    return value[:MOST_TEXT] if isinstance(value, str) else value


def _without_secrets(text: str) -> str:
    def replacement(match: re.Match[str]) -> str:
        kept = match.group(1) or match.group(2)
        return f"{kept}{LEFT_OUT}" if kept else "http://localhost"

    return SECRET_TEXT.sub(replacement, text)


def main() -> int:
    """Records, and says how many answers there are."""
    newman.install()
    values = {entry["key"]: entry["value"] for entry in local_environment()["values"]}
    with tempfile.TemporaryDirectory() as folder:
        run = newman.run(environment("record", values), Path(folder))
        report = json.loads((Path(folder) / "report.json").read_text(encoding="utf-8"))
    if run.failures:
        print("\n".join(run.failures), file=sys.stderr)
        return 1
    answers = recorded(report)
    EXAMPLES.write_text(json.dumps(answers, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{len(answers)} answers recorded; now run `python -m postman.build`.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
