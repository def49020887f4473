"""The accounts of those who sit before the browser: signed in without a form, or used from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page

from tests.browser.dashboard import PASSWORD, Dashboard
from tests.browser.staff import StaffDashboard
from tests.support.client_api import ClientApi, tokens_of
from tests.support.world import World


@contextmanager
def signed_in(world: World, email: str) -> Iterator[ClientApi]:
    """The same person in a second place, with a sign-in of their own."""
    api = ClientApi.sign_in(world.stack.environment.client_url, email=email, password=PASSWORD)
    try:
        yield api
    finally:
        api.close()


def known_buyer(world: World, page: Page, name: str) -> tuple[Dashboard, str]:
    """A tab of a new account that this browser knows from an earlier visit; answers also its email address."""
    email = world.buyer(name).account.email
    dashboard = Dashboard(page)
    remember(world, dashboard, email, PASSWORD)
    return dashboard, email


def known_staff(world: World, page: Page) -> StaffDashboard:
    """A tab of the stack's staff account, which this browser knows from an earlier visit."""
    environment = world.stack.environment
    dashboard = StaffDashboard(page, world)
    remember(world, dashboard, environment.staff_email, environment.staff_password)
    return dashboard


def remember(world: World, dashboard: Dashboard, email: str, password: str) -> None:
    """Signs the account in without the form, as after an earlier visit."""
    environment = world.stack.environment
    refresh = tokens_of(environment.client_url, email, password).refresh
    dashboard.remember_sign_in(environment.frontend_url, refresh)
