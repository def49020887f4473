"""Each service's functions and API."""

from __future__ import annotations

from demo.film.operations import SERVICES
from demo.film.shoot import STAFF_COLOUR, Shoot

ABOUT = {
    "client": "<b>client</b> (Django): users, catalogue, bookings, queue, notifications, and the webhook from ticket.",
    "ticket": "<b>ticket</b> (FastAPI): events, seats, bookings, queue, PDFs; it asks organizers and payment.",
    "payment": "<b>payment</b> (aiohttp): invoices, refunds, webhook deliveries, WEBHOOK_URL, simulation.",
}


def interfaces(shoot: Shoot) -> None:
    """What each of the three services is for, and its browsable OpenAPI page."""
    environment = shoot.stack.environment
    urls = {"client": environment.client_url, "ticket": environment.ticket_url, "payment": environment.payment_url}
    shoot.camera.chapter("Services and their APIs")
    for service, about in ABOUT.items():
        shoot.camera.caption(about)
        shoot.camera.slide(f"<h2>{service}</h2>{_table(service)}", 5)
        _documentation(shoot, f"{urls[service]}/docs")


def _table(service: str) -> str:
    rows = (
        f"<tr><th>{method}</th><td><code>{path}</code></td><td>{purpose}</td></tr>"
        for method, path, purpose in SERVICES[service]
    )
    return f"<table>{''.join(rows)}</table>"


def _documentation(shoot: Shoot, url: str) -> None:
    visitor = shoot.visitor("Integrator")
    visitor.open(url, visitor.page.locator(".opblock, details"))
    visitor.look(2)
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
