"""What staff do on the dashboard, in their words."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.dashboard import PATIENCE_MS, Dashboard
from tests.support.client_api import Event
from tests.support.world import ORGANIZER, World


class StaffDashboard(Dashboard):
    """One tab in which a member of staff is signed in."""

    def __init__(self, page: Page, world: World) -> None:
        super().__init__(page)
        self._world = world

    def open_staff_event(self, event_id: str) -> None:
        """The staff page of an event."""
        self.open(f"/staff-events?event={event_id}")
        expect(self.details().get_by_role("button", name="Save changes")).to_be_visible(timeout=PATIENCE_MS)

    def details(self) -> Locator:
        """The form with the particulars of the chosen event."""
        return self.tab_panel("Details")

    def tab_panel(self, title: str) -> Locator:
        """What the tab of that title shows; brings it to the front."""
        self.page.get_by_role("tab", name=title).click()
        return self.page.get_by_role("tabpanel", name=title)

    def new_event(self) -> Locator:
        """The form for a new event, unfolded."""
        form = self.page.get_by_test_id("stExpander").filter(has_text="New event")
        if form.locator("details[open]").count() == 0:
            form.get_by_text("New event").click()
        expect(form.get_by_label("Venue")).to_be_visible(timeout=PATIENCE_MS)
        # While it unfolds, for half a second, its lower end moves: a click there can miss the button.
        unfolding = re.compile("overflow: hidden")
        expect(form.locator("details")).not_to_have_attribute("style", unfolding, timeout=PATIENCE_MS)
        return form

    def fill_event(self, form: Locator, *, name: str, venue: str, organizer: str) -> None:
        """Everything that a new event needs and that is not filled in beforehand."""
        form.get_by_label("Name", exact=True).fill(name)
        form.get_by_label("Venue").fill(venue)
        self.choose(form, "Organizer", organizer)

    def choose(self, where: Locator, label: str, option: str) -> None:
        """Chooses from a list."""
        where.get_by_label(label).click()
        self.page.get_by_role("option", name=option, exact=True).click()

    def enter_moment(self, where: Locator, label: str, typed: str) -> None:
        """Types a day and a time, such as `2027-03-28 02:30`, into the two fields of that label."""
        day, clock_time = typed.split()
        where.get_by_role("spinbutton", name=f"year, {label}", exact=True).click()
        self.page.keyboard.type(day.replace("-", ""))
        where.get_by_role("spinbutton", name=re.compile(f"^hour, {label}, local time")).click()
        self.page.keyboard.type(clock_time.replace(":", ""))
        self.page.keyboard.press("Tab")

    def save(self) -> None:
        """Saves what was edited of the chosen event."""
        self.details().get_by_role("button", name="Save changes").click()

    def expect_told(self, words: str) -> None:
        """What was done is said."""
        expect(self.page.get_by_text(words)).to_be_visible(timeout=PATIENCE_MS)

    def expect_begun_anew(self, field: Locator, value: str = "") -> None:
        """The form has begun anew with this value; for a moment its old field stands beside the new one."""
        expect(field.and_(self.page.locator(f"[value='{value}']"))).to_have_count(1, timeout=PATIENCE_MS)
        expect(field).to_have_count(1, timeout=PATIENCE_MS)

    def events_named(self, name: str) -> int:
        """How many events of this name there are at their source."""
        found = self._world.ticket.every("/api/v1/events", search=name)
        return sum(event["name"] == name for event in found)

    def new_event_of(self, **changes: str) -> Event:
        """An event that is on sale, made at its source; `changes` are fields of the contract."""
        self._world.new_event()
        return self._world.ticket.create_event(ORGANIZER, **changes)

    def stored(self, event: Event) -> dict[str, object]:
        """The event at its source."""
        found: dict[str, object] = self._world.ticket.call("GET", f"/api/v1/events/{event.id}")
        return found

    def error_of(self, form: Locator, label: str) -> Locator:
        """What the form says is wrong with the field of that label."""
        return form.get_by_role("alert").filter(has_text=re.compile(rf"^{re.escape(label)}: "))
