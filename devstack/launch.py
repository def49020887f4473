"""What supervisord runs for every process: becomes the program that a private file describes.

The file rather than supervisor's own `environment=` holds the values because that cannot carry every value unchanged
(quotation marks at either end are lost). Standard library only, so that it costs no time.
"""

import json
import os
import sys
from pathlib import Path

CANNOT_START = 127


def main(file: str, name: str) -> None:
    """Replaces this process by the one called `name` in `file`."""
    described = json.loads(Path(file).read_text())[name]
    command = described["command"]
    try:
        os.chdir(described["folder"])
        os.execvpe(command[0], command, described["environment"])  # noqa: S606 - a list of our own, no shell wanted
    except OSError as error:
        sys.stderr.write(f"{command[0]} cannot be started in {described['folder']}: {error.strerror}\n")
        sys.exit(CANNOT_START)


if __name__ == "__main__":
    main(*sys.argv[1:])
