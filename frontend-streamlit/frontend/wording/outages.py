"""The words of the banner while a service does not answer."""

from frontend.api.errors import Party, Trouble

OUTAGES = {
    (Party.CLIENT, Trouble.UNREACHABLE): "The dashboard cannot reach the booking service.",
    (Party.CLIENT, Trouble.SLOW): "The booking service does not answer in time.",
    (Party.CLIENT, Trouble.UNREADABLE): "The booking service gave an answer that the dashboard cannot read.",
    (Party.CLIENT, Trouble.NOT_READY): "The booking service is not ready: its database does not answer.",
    (Party.TICKET, Trouble.UNREACHABLE): "The ticket system does not answer.",
    (Party.TICKET, Trouble.SLOW): "The ticket system does not answer in time.",
    (Party.TICKET, Trouble.UNREADABLE): "The ticket system gave an answer that the dashboard cannot read.",
    (Party.TICKET, Trouble.NOT_READY): "The ticket system is not ready.",
}


def outage_text(present: tuple[Party, Trouble] | None) -> str:
    """Returns the text of the banner while a service does not answer; an empty text if both answer."""
    if present is None:
        return ""
    return f"{OUTAGES[present]} What you see may be out of date. This page goes on by itself when the service is back."
