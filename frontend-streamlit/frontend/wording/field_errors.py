"""Words for wrong input. They follow the service's codes and never show its patterns."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from frontend.api.errors import FieldError, Problem

MISSING = "Please fill this in."
TOO_LONG = "This is too long."
NOT_ACCEPTED = "This is not accepted."

_WORDS = {
    "missing": MISSING,
    "required": MISSING,
    "blank": MISSING,
    "null": MISSING,
    "string_too_short": MISSING,
    "string_too_long": TOO_LONG,
    "max_length": TOO_LONG,
    "wrong": "This is not your password.",
    "sale_closes_too_early": "The sale must close after it opens.",
    "organizer_unknown": "This organizer is no longer known. Please choose another one.",
    "too_many_seats": "These are too many seats at once.",
}
_SPOKEN = frozenset({"weak"})
"""The messages of these codes are for people and say more than the code: why a password is too easy to guess."""

_ABOUT_A_FIELD = {
    "email-taken": FieldError("email", "There is already an account with this email address.", "email-taken"),
    "seat-exists": FieldError("section", "Some of these seats exist already; nothing was added.", "seat-exists"),
}
"""These problems concern one field although they do not name it."""


@dataclass
class SortedErrors:
    """A problem's errors: those at fields of the form, and sentences about fields that the form does not show."""

    at_fields: dict[str, str] = field(default_factory=dict)
    elsewhere: list[str] = field(default_factory=list)


def error_sentence(error: FieldError, hint: str = "") -> str:
    """Returns what is wrong, in one or two sentences; `hint` describes a right value."""
    if error.code in _SPOKEN and error.message:
        return error.message
    sentence = _WORDS.get(error.code, NOT_ACCEPTED)
    return sentence if sentence == MISSING or not hint else f"{sentence} {hint}"


def sort_errors(problem: Problem, hints: Mapping[str, str]) -> SortedErrors:
    """Sorts the problem's errors by the fields of a form; `hints` has each field's name and describes a right value."""
    found = SortedErrors()
    about = _ABOUT_A_FIELD.get(problem.type)
    if about is not None and about.field in hints:
        found.at_fields[about.field] = about.message
    for error in problem.errors:
        name = error.field.split(".", maxsplit=1)[0]
        if name in hints:
            found.at_fields.setdefault(name, error_sentence(error, hints[name]))
        else:
            found.elsewhere.append(sentence_with_field_name(error))
    return found


def sentence_with_field_name(error: FieldError) -> str:
    """Returns what is wrong with a field that is not on the screen, with the field's name."""
    name = error.field.replace("_", " ").replace(".", " ").strip().capitalize()
    return f"{name}: {error_sentence(error)}" if name else error_sentence(error)
