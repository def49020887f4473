"""Wrong input is explained in words at its field, whatever the service wrote."""

import pytest

from frontend.api.errors import FieldError, Problem
from frontend.wording.field_errors import MISSING, error_sentence, sort_errors

PATTERN = "String should match pattern '^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$'"
CODES = [
    "missing",
    "required",
    "blank",
    "null",
    "string_too_short",
    "string_too_long",
    "max_length",
    "string_pattern_mismatch",
    "value_error",
    "invalid",
    "datetime_from_date_parsing",
    "timezone_aware",
    "greater_than_equal",
    "int_type",
    "extra_forbidden",
    "wrong",
    "sale_closes_too_early",
    "organizer_unknown",
    "too_many_seats",
    "a_code_of_next_year",
    "",
]


def wrong(field: str, code: str, message: str = PATTERN) -> Problem:
    error = FieldError(field, message, code)
    return Problem("validation-error", "Validation error", 422, f"{field}: {message}", (error,))


@pytest.mark.parametrize("code", CODES)
def test_no_code_brings_a_programmers_sentence_before_people(code: str) -> None:
    said = error_sentence(FieldError("organizer", PATTERN, code), "Please choose another one.")
    assert "pattern" not in said
    assert "[" not in said
    assert said.endswith(".")


def test_an_empty_field_is_asked_for() -> None:
    assert (
        error_sentence(FieldError("name", "Value should have at least 1 item", "string_too_short"), "One line.")
        == MISSING
    )


def test_an_unknown_code_says_what_a_right_value_looks_like() -> None:
    said = error_sentence(FieldError("currency", PATTERN, "a_code_of_next_year"), "Please enter three letters.")
    assert said == "This is not accepted. Please enter three letters."


def test_why_a_password_is_too_easy_is_said_as_the_service_says_it() -> None:
    message = "This password is too common."
    assert error_sentence(FieldError("password", message, "weak"), "Please choose another.") == message


def test_an_error_inside_a_field_stands_at_that_field() -> None:
    found = sort_errors(wrong("rows.constrained-int", "int_type"), {"rows": "Please enter a whole number."})
    assert found.at_fields == {"rows": "This is not accepted. Please enter a whole number."}
    assert found.elsewhere == []


def test_an_error_of_a_field_that_is_not_shown_is_said_with_its_name() -> None:
    found = sort_errors(wrong("sales_open_at", "missing"), {"name": ""})
    assert found.at_fields == {}
    assert found.elsewhere == [f"Sales open at: {MISSING}"]


def test_a_taken_address_is_wrong_at_its_field() -> None:
    found = sort_errors(Problem("email-taken", "Email taken", 409), {"email": "", "name": ""})
    assert found.at_fields == {"email": "There is already an account with this email address."}


def test_of_two_errors_at_one_field_the_first_is_said() -> None:
    errors = (FieldError("name", "", "missing"), FieldError("name", "", "invalid"))
    assert sort_errors(Problem("validation-error", "", 422, errors=errors), {"name": ""}).at_fields == {"name": MISSING}
