"""Each service's functions and API."""

from __future__ import annotations

from demo.film.shoot import STAFF_COLOUR, Shoot


def interfaces(shoot: Shoot) -> None:
    """The browsable OpenAPI page of each of the three services."""
    environment = shoot.stack.environment
    shoot.camera.chapter("Services and their APIs")
    for caption, url in (
        (
            "<b>client</b> (Django): users, catalogue, bookings, queue, notifications, and the webhook from ticket.",
            environment.client_url,
        ),
        (
            "<b>ticket</b> (FastAPI): events, seats, bookings, queue, PDFs; holds at organizers, invoices at payment.",
            environment.ticket_url,
        ),
        (
            "<b>payment</b> (aiohttp): invoices, refunds, webhook deliveries, WEBHOOK_URL, simulation.",
            environment.payment_url,
        ),
    ):
        _documentation(shoot, caption, f"{url}/docs")


def _documentation(shoot: Shoot, caption: str, url: str) -> None:
    visitor = shoot.visitor("Integrator")
    shoot.camera.caption(caption)
    visitor.open(url, visitor.page.locator(".opblock, details"))
    visitor.look(2.5)
    visitor.scroll(560, 2)


def django_admin(shoot: Shoot) -> None:
    """Staff in Django's own admin."""
    environment = shoot.stack.environment
    staff = shoot.visitor("Staff", STAFF_COLOUR)
    shoot.camera.caption("Django admin: users and the buyers' bookings, failed ones too.")
    staff.open(f"{environment.client_url}/admin/", staff.page.get_by_role("button", name="Log in"))
    staff.page.locator("[name=username]").fill(environment.staff_email)
    staff.page.locator("[name=password]").fill(environment.staff_password)
    staff.page.get_by_role("button", name="Log in").click()
    staff.page.get_by_role("link", name="Bookings", exact=True).first.wait_for()
    staff.look(2.5)
    staff.click(staff.page.get_by_role("link", name="Bookings", exact=True))
    staff.look(3)
