"""What a person does on the dashboard, in their words."""

from __future__ import annotations

import re
from uuid import uuid4

from playwright.sync_api import Locator, Page, expect

from devstack.deadlines import stretched

PASSWORD = "a-long-enough-password"
SESSION_COOKIE = "ticketing_session"
PATIENCE_MS = int(1000 * stretched(30))


class Dashboard:
    """One tab with the dashboard."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._is_cookie_new = False

    def remember_sign_in(self, url: str, refresh: str) -> None:
        """Gives the browser the cookie of an earlier visit to the dashboard at `url`, before it opens a page."""
        self.page.context.add_cookies([{"name": SESSION_COOKIE, "value": refresh, "url": url, "httpOnly": True}])
        self._is_cookie_new = True

    def open(self, path: str) -> None:
        """Opens a page of the dashboard; the first one returns once this browser will be known again."""
        if not self._is_cookie_new:
            self.page.goto(path)
            return
        self._is_cookie_new = False
        # A refresh token is good for one visit; the next one comes as the answer to a request of the page's own.
        with self.page.expect_response("**/session-cookie", timeout=PATIENCE_MS):
            self.page.goto(path)
        self.expect_signed_in()

    def register(self, name: str) -> str:
        """A new account, signed in afterwards; answers its email address."""
        email = f"{uuid4().hex[:12]}@example.com"
        self.page.goto("/sign-in")
        self.fill_registration(name, email)
        return email

    def fill_registration(self, name: str, email: str) -> None:
        """Makes an account on the page that is shown; returns once this browser will be known again."""
        self.page.get_by_role("tab", name="Create an account").click()
        form = self.page.get_by_role("tabpanel").filter(has=self.page.get_by_label("Your name"))
        form.get_by_label("Your name").fill(name)
        form.get_by_label("Email").fill(email)
        form.get_by_label("Password", exact=True).fill(PASSWORD)
        # The cookie is the answer to a request of the page's own, made after the account was shown as signed in.
        with self.page.expect_response("**/session-cookie", timeout=PATIENCE_MS):
            form.get_by_role("button", name="Create account").click()
        self.expect_signed_in()

    def sign_in(self, email: str, password: str) -> None:
        """Fills in the form for signing in and sends it."""
        form = self.page.get_by_role("tabpanel").filter(has=self.page.get_by_role("button", name="Sign in", exact=True))
        form.get_by_label("Email").fill(email)
        form.get_by_label("Password", exact=True).fill(password)
        form.get_by_role("button", name="Sign in", exact=True).click()

    def expect_signed_in(self) -> None:
        """The menu shows what only a signed-in person has."""
        expect(self.menu("My bookings")).to_be_visible(timeout=PATIENCE_MS)

    def menu(self, title: str) -> Locator:
        """An entry of the menu, which is folded on a narrow screen."""
        return self.page.get_by_role("link", name=re.compile(title)).first

    def open_event(self, event_id: str) -> None:
        """The page of an event, with its seat map."""
        self.open(f"/event?id={event_id}")
        expect(self.page.get_by_role("grid", name=re.compile("Seat map"))).to_be_visible(timeout=PATIENCE_MS)

    def settle(self) -> None:
        """Returns once the page's script has ended, so that nothing moves any more."""
        ended = self.page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]')
        ended.wait_for(state="attached", timeout=PATIENCE_MS)

    def seat(self, row: str, number: int) -> Locator:
        """A seat of the map."""
        return self.page.get_by_role("gridcell", name=re.compile(rf"row {row}, seat {number} "))

    def book(self) -> None:
        """Books what was chosen on the map."""
        self.page.get_by_role("button", name=re.compile(r"^Book for|Book for ")).click()
        expect(self.pay_link()).to_be_visible(timeout=PATIENCE_MS)

    def pay_link(self) -> Locator:
        """The way to the hosted payment page."""
        return self.page.get_by_role("link", name=re.compile(r"Pay .* now"))

    def pay(self) -> None:
        """Pays on the hosted page, which opens in a new tab."""
        with self.page.context.expect_page() as opened:
            self.pay_link().click()
        paying = opened.value
        paying.get_by_role("button", name=re.compile("^Pay ")).click()
        expect(paying.get_by_role("status")).to_contain_text(re.compile("Paid|failed"), timeout=PATIENCE_MS)
        paying.close()

    def download(self) -> bytes:
        """The document of the booking that is shown, as the button saves it."""
        with self.page.expect_download() as saving:
            self.page.get_by_role("link", name="Download PDF").click()
        return saving.value.path().read_bytes()

    def join_queue(self, row: str, number: int) -> None:
        """Asks for a taken seat of the map, and goes to one's places in line."""
        self.seat(row, number).click()
        self.page.get_by_role("button", name="Join the queue").click()
        expect(self.page.get_by_text("number 1 in line")).to_be_visible(timeout=PATIENCE_MS)
        self.page.get_by_role("link", name="To my queue").click()
        expect(self.page.get_by_text("Number 1 in line")).to_be_visible(timeout=PATIENCE_MS)

    def expect_no_sideways_scrolling(self) -> None:
        """The page is not wider than the screen."""
        widths = self.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert widths[0] <= widths[1], widths
