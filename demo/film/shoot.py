"""What every scene has at hand."""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.sync_api import Browser
from rich.text import Text

from demo.film.camera import Camera
from demo.film.own_stack import FilmedStack
from demo.film.person import PATIENCE_MS, Person
from demo.film.tape import ContainerTapes
from demo.outcomes import Outcomes
from demo.stage import PASSWORD, Stage
from tests.support.client_api import ClientApi, Event

EVENT = "Ketawa Dulu"
HALL_SECTION = "Depan"
BUYER_COLOUR, FIRST_COLOUR, SECOND_COLOUR, STAFF_COLOUR, VISITOR_COLOUR = (
    "#0f766e",
    "#6d28d9",
    "#be185d",
    "#b45309",
    "#475569",
)


@dataclass
class Shoot:
    """One filming on one stack."""

    camera: Camera
    browser: Browser
    stack: FilmedStack
    stage: Stage
    outcomes: Outcomes
    event: Event
    containers: ContainerTapes
    people: dict[str, Person] = field(default_factory=dict)

    def visitor(self, name: str, colour: str = VISITOR_COLOUR) -> Person:
        """A person with a browser of their own; the same one for the same name."""
        if name not in self.people:
            self.people[name] = Person(self.browser, self.camera, name, colour)
        return self.people[name]

    def signed_in(self, name: str, colour: str) -> tuple[Person, ClientApi]:
        """A new buyer who has signed in on the dashboard already; that is not filmed again."""
        api = self.stage.buyer(name)
        person = self.visitor(name, colour)
        person.open(self.address("/sign-in"), person.page.get_by_label("Email"))
        person.page.get_by_label("Email").first.fill(api.account.email)
        person.page.get_by_label("Password", exact=True).first.fill(PASSWORD)
        person.page.get_by_role("button", name="Sign in").click()
        person.link("My bookings").first.wait_for(timeout=PATIENCE_MS)
        person.settle()
        return person, api

    def address(self, path: str) -> str:
        """A page of the dashboard."""
        return f"{self.stack.environment.frontend_url}{path}"

    @property
    def event_address(self) -> str:
        return self.address(f"/event?id={self.event.id}")

    def close(self) -> None:
        """Closes every window."""
        for person in self.people.values():
            person.close()


def highlighted(output: str) -> Text:
    """Output of a command in a terminal's colours."""
    text = Text.from_ansi(output.rstrip())
    text.highlight_regex(r"✓|\bPASSED\b|\bRUNNING\b|\byes\b|\d+ passed|holds\b", "green")
    text.highlight_regex(r"https?://[^\s│]+", "cyan")
    text.highlight_regex(r"\bFAILED\b|ORGANIZER_DECLINED|PAYMENT_FAILED", "red")
    return text
