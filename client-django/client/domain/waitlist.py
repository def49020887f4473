"""The states of a waitlist entry. Ticket decides them."""

from django.db import models


class WaitlistStatus(models.TextChoices):
    WAITING = "WAITING", "Waiting"
    OFFERED = "OFFERED", "Offered"
    FULFILLED = "FULFILLED", "Got the seat"
    LAPSED = "LAPSED", "Offer lapsed"
    LEFT = "LEFT", "Left"
