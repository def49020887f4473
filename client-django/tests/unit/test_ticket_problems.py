from client.ticket_api.models import TicketProblem


def test_extension_members_of_a_problem_are_kept_apart_from_the_standard_ones() -> None:
    problem = TicketProblem.model_validate(
        {"type": "seat-unavailable", "status": 409, "request_id": "theirs", "instance": "/x", "seat_ids": ["a"]}
    )
    assert problem.members() == {"seat_ids": ["a"]}
