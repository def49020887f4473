"""An action leads to the status that the table lists, or is refused."""

from __future__ import annotations

from enum import StrEnum

import pytest
from servicekit.transitions import IllegalStepError, next_status


class Light(StrEnum):
    RED = "RED"
    GREEN = "GREEN"


class Turn(StrEnum):
    GO = "GO"
    HALT = "HALT"


TABLE = {(Light.RED, Turn.GO): Light.GREEN, (Light.GREEN, Turn.HALT): Light.RED}


def test_an_action_in_the_table_leads_to_its_status() -> None:
    assert next_status(TABLE, Light.RED, Turn.GO) is Light.GREEN


def test_any_other_action_is_refused_and_named() -> None:
    with pytest.raises(IllegalStepError, match="HALT is not possible from RED"):
        next_status(TABLE, Light.RED, Turn.HALT)
