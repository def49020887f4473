"""`python -m docs.build [diagrams|pdf] [--check]`: make the diagrams and the reports' PDFs."""

from __future__ import annotations

import argparse

from docs.build import diagrams, pdf


def main() -> None:
    """The command line; `--check` changes nothing and fails when a diagram is not what the code says."""
    parser = argparse.ArgumentParser(prog="python -m docs.build", description=__doc__)
    parser.add_argument("part", nargs="?", choices=("diagrams", "pdf"), help="only this; both if left out")
    parser.add_argument("--check", action="store_true", help="are the diagrams up to date? Nothing is written")
    arguments = parser.parse_args()
    if arguments.check:
        if found := diagrams.outdated():
            raise SystemExit(f"Out of date, run `python -m docs.build`: {', '.join(found)}")
        return
    if arguments.part in (None, "diagrams"):
        diagrams.write()
    if arguments.part in (None, "pdf"):
        pdf.write()


if __name__ == "__main__":
    main()
