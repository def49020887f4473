from tests.api.conftest import Api


def test_a_booking_is_held_and_waits_for_payment(ayu: Api) -> None:
    response = ayu.book(0, 1)
    assert response.status_code == 201, response.content
    booking = response.json()
    assert booking["status"] == "AWAITING_PAYMENT"
    assert booking["amount"] == 900000
