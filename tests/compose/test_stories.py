"""The stories of the assignment, told from outside the containers."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from postman.build.environments import COMPOSE, environment
from tests.compose import base_images
from tests.compose.compose_stack import ComposeStack
from tests.postman import newman
from tests.support.http import ProblemError
from tests.support.waiting import until
from tests.support.world import World

pytestmark = pytest.mark.timeout(2400)


def test_a_paid_booking_ends_with_its_document(world: World[ComposeStack]) -> None:
    buyer = world.buyer("Ayu Lestari")
    booking = world.book_and_pay(buyer, 0, 1)
    assert world.event.name in world.document_text(buyer, booking.id)
    assert {world.seat_status(0), world.seat_status(1)} == {"BOOKED"}


def test_a_declined_hold_and_a_failed_payment_are_told_honestly(world: World[ComposeStack]) -> None:
    buyer = world.buyer()
    world.organizer.simulate(next_outcomes=["fail"])
    assert world.refused(buyer, 2).type == "organizer-declined"
    world.payment.simulate(next_outcomes=["fail"])
    booking = world.book(buyer, 3)
    world.pay(booking)
    world.await_status(buyer, booking.id, "FAILED")
    assert {made.failure_reason for made in buyer.bookings("FAILED")} == {"ORGANIZER_DECLINED", "PAYMENT_FAILED"}
    until(lambda: world.seat_status(3), lambda status: status == "OPEN", what="the seat is open again")


def test_a_cancelled_seat_passes_to_the_first_in_the_queue(world: World[ComposeStack]) -> None:
    holder, waiter = world.buyer("Ayu"), world.buyer("Budi")
    booking = world.book_and_pay(holder, 4)
    entry = waiter.join_queue(world.seats[4].id)
    holder.cancel(booking.id)
    offered = until(lambda: waiter.entry(entry.id), lambda seen: seen.status == "OFFERED", what="an offer", seconds=30)
    assert offered.booking_id
    promoted = until(
        lambda: waiter.booking(str(offered.booking_id)),
        lambda seen: seen.status == "AWAITING_PAYMENT",
        what="the offer can be paid",
        ignore=(ProblemError,),
    )
    world.pay(promoted)
    world.await_status(waiter, promoted.id, "BOOKED")


def test_a_link_to_a_document_cannot_be_changed_and_does_not_live_long(world: World[ComposeStack]) -> None:
    buyer = world.buyer()
    booking = world.book_and_pay(buyer, 5)
    url = buyer.ticket(booking.id).url
    assert httpx.get(url, timeout=10, trust_env=False).status_code == 200
    assert httpx.get(url.replace(booking.id[:8], "0" * 8), timeout=10, trust_env=False).status_code in {400, 403}
    # rclone, which may stand in for MinIO, answers an expired link with 400.
    until(
        lambda: httpx.get(url, timeout=10, trust_env=False).status_code,
        lambda status: status in {400, 403},
        what="the link has expired",
        seconds=30,
    )


def test_the_console_of_the_object_store_shows_the_documents(
    world: World[ComposeStack], containers: ComposeStack
) -> None:
    if not base_images.store_is_minio():
        pytest.skip("the object store here is a stand-in without a console")
    booking = world.book_and_pay(world.buyer(), 6)
    root = containers.project.value
    console = f"http://localhost:{root('S3_CONSOLE_PORT')}/api/v1"
    with httpx.Client(timeout=20, trust_env=False) as browser:
        login = {"accessKey": root("MINIO_ROOT_USER"), "secretKey": root("MINIO_ROOT_PASSWORD")}
        browser.post(f"{console}/login", json=login).raise_for_status()
        listed = browser.get(f"{console}/buckets/tickets/objects", params={"prefix": f"bookings/{booking.id}/"})
    assert any(item["name"].endswith(".pdf") for item in listed.raise_for_status().json()["objects"])


def test_the_postman_collection_passes_with_the_environment_for_compose(
    containers: ComposeStack, tmp_path: Path
) -> None:
    newman.install()
    ports = {
        "client_url": containers.environment.client_url,
        "ticket_url": containers.environment.ticket_url,
        "payment_url": containers.environment.payment_url,
        "organizer_url": containers.environment.organizer_url,
        "frontend_url": containers.environment.frontend_url,
    }
    run = newman.run(environment("compose", {**COMPOSE, **ports}), tmp_path)
    assert run.failures == []
    print(f"Postman: {run.requests} requests, {run.assertions} assertions")


def test_the_dashboard_answers(containers: ComposeStack) -> None:
    page = httpx.get(containers.environment.frontend_url, timeout=20, trust_env=False)
    assert page.status_code == 200
    assert "streamlit" in page.text.lower()
