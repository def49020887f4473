"""`python -m docs.build [diagrams|pdf|pictures] [--check]`: make the diagrams, the reports' PDFs, the README's pictures."""

from __future__ import annotations

import argparse

from docs.build import diagrams, pdf, pictures

PARTS = "only this; diagrams and pdf if left out, since the pictures need a browser and a stack of their own"


def main() -> None:
    """The command line; `--check` changes nothing and fails when a diagram is not what the code says."""
    parser = argparse.ArgumentParser(prog="python -m docs.build", description=__doc__)
    parser.add_argument("part", nargs="?", choices=("diagrams", "pdf", "pictures"), help=PARTS)
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
    if arguments.part == "pictures":
        pictures.write()


if __name__ == "__main__":
    main()
