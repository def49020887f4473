"""Which answers are those of a request, so that its repeat gets them again."""

import pytest
from rest_framework.response import Response

from client.edge.idempotency import is_final


@pytest.mark.parametrize("status", [401, 403, 429])
def test_a_refusal_of_the_attempt_is_not_the_answer_of_the_request(status: int) -> None:
    assert not is_final(Response({"type": "refused"}, status=status))


@pytest.mark.parametrize("status", [404, 409, 422])
def test_a_refusal_of_the_request_is_its_answer(status: int) -> None:
    assert is_final(Response({"type": "refused"}, status=status))
