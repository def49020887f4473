"""What can go wrong in front of a person, told as one plain sentence."""

from pathlib import Path


class StackFailure(Exception):
    """A step that failed. `log` is the file that tells more, if there is one."""

    def __init__(self, sentence: str, log: Path | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.log = log
