"""Failures that the workbench reports to a person in one sentence."""

from pathlib import Path


class StackFailure(Exception):
    """A step has failed; `log` is the file with the details, if there is one."""

    def __init__(self, sentence: str, log: Path | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.log = log
