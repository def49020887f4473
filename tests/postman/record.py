"""`python -m tests.postman.record`: records an answer to every request of the collection on the running stack.

What it writes, `postman/examples.json`, is shown in Postman as the saved example of each request. Tokens, keys and
signatures are left out, long lists are cut; the latest answer of a request that asks again is the one that is kept.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from devstack import env_lines
from postman.build.coverage import requests
from postman.build.environments import of_stack
from postman.build.files import EXAMPLES, as_text
from tests.postman import newman

Json = dict[str, Any]

SHOWN_HEADERS = ("content-type", "etag", "idempotent-replay", "retry-after", "location")
MOST_BODY, MOST_ITEMS, MOST_TEXT = 20_000, 2, 2000
LEFT_OUT = "…"
SECRET_FIELDS = frozenset({"access", "refresh", "sha256"})
SECRET_TEXT = re.compile(r"(X-Amz-(?:Signature|Credential)=)[^&\"]+|(/pay/)[A-Za-z0-9_-]+|https?://[^/\"\s]+")


def recorded(report: Json) -> dict[str, Json]:
    """The answer to each request, by its place in the collection."""
    places = {item["id"]: place for place, item in requests(report["collection"]["item"])}
    return {
        places[run["item"]["id"]]: _answer(run["response"]) for run in report["run"]["executions"] if "response" in run
    }


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
    if "json" in media_type:
        shown = json.dumps(_shortened(json.loads(text)), indent=2, ensure_ascii=False)
        if len(shown) <= MOST_BODY:
            return _without_secrets(shown)
    elif len(text) <= MOST_TEXT and text.isprintable():
        return _without_secrets(text)
    return f"({len(text)} characters of {media_type})"


def _shortened(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: LEFT_OUT if name in SECRET_FIELDS else _shortened(inner) for name, inner in value.items()}
    if isinstance(value, list):
        # A list of numbers is one thing, such as a run of seats.
        is_whole = all(isinstance(inner, int) for inner in value)
        return [_shortened(inner) for inner in (value if is_whole else value[:MOST_ITEMS])]
    return value[:MOST_TEXT] if isinstance(value, str) else value


def _without_secrets(text: str) -> str:
    def replacement(match: re.Match[str]) -> str:
        kept = match.group(1) or match.group(2)
        return f"{kept}{LEFT_OUT}" if kept else "http://localhost"

    return SECRET_TEXT.sub(replacement, text)


def _lines() -> dict[str, str]:
    """What `./dev env` prints, which a shell could read."""
    command = [str(newman.POSTMAN.parent / "dev"), "env"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return env_lines.read(printed)


def main() -> int:
    """Records, and says how many answers there are."""
    newman.install()
    with tempfile.TemporaryDirectory() as folder:
        run = newman.run(of_stack(_lines()), Path(folder))
        report = json.loads((Path(folder) / "report.json").read_text(encoding="utf-8"))
    if run.failures:
        print("\n".join(run.failures), file=sys.stderr)
        return 1
    answers = recorded(report)
    EXAMPLES.write_text(as_text(answers), encoding="utf-8")
    print(f"{len(answers)} answers recorded; now run `python -m postman.build`.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
