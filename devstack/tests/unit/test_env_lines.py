"""A shell can evaluate the output of `./dev env`, whatever its values contain."""

import shlex
import subprocess

import pytest

from devstack import env_lines

VALUES = {"PLAIN": "http://127.0.0.1:8000", "HOME_OF_IT": "/tmp/My tickets/it's $HOME", "EMPTY": "", "LINES": "a\nb"}


def test_a_shell_restores_every_value() -> None:
    shown = "; ".join(f'printf "%s|" "${name}"' for name in VALUES)
    done = subprocess.run(
        ["sh", "-c", f'eval "$(cat)"; {shown}'], input=env_lines.written(VALUES), text=True, stdout=-1
    )
    assert done.stdout.split("|")[:-1] == list(VALUES.values())


def test_a_value_that_needs_no_quotes_has_none() -> None:
    assert env_lines.written({"A": "b-c_d:/1"}) == "A=b-c_d:/1\n"


def test_values_are_read_back_unchanged_even_between_other_lines() -> None:
    assert env_lines.read(env_lines.written(VALUES)) == VALUES
    assert env_lines.read("some words\n" + env_lines.written({"A": "1 2"})) == {"A": "1 2"}


@pytest.mark.parametrize("value", ["a b", "$(rm)", "'", '"'])
def test_every_line_is_one_word_of_a_shell(value: str) -> None:
    assert shlex.split(env_lines.written({"A": value})) == [f"A={value}"]
