"""Which texts the services accept (contracts/text.json), so that a form can say it before it sends anything."""

import unicodedata

ONE_LINE = "Please keep this to one line, without line breaks, tabs or other control characters."
NO_CONTROL_CHARACTERS = "Please remove the control characters from this text."

_BREAKS = frozenset({"Cc", "Zl", "Zp"})
"""Unicode categories of control characters, line separators and paragraph separators."""


class WrongTextError(ValueError):
    """The text is not accepted; the message says in words why."""


def one_line(text: str) -> str:
    """The text as it is stored: without space around it. WrongTextError if anything in it breaks the line."""
    trimmed = text.strip()
    if any(unicodedata.category(character) in _BREAKS for character in trimmed):
        raise WrongTextError(ONE_LINE)
    return trimmed


def several_lines(text: str) -> str:
    """The text as it is stored, its lines ended by a line feed. WrongTextError for other control characters."""
    trimmed = text.replace("\r\n", "\n").strip()
    if any(unicodedata.category(character) == "Cc" and character not in "\n\t" for character in trimmed):
        raise WrongTextError(NO_CONTROL_CHARACTERS)
    return trimmed
