"""States of a place in the queue for a seat (DESIGN section 3); ticket decides them."""

from django.db import models


class WaitlistStatus(models.TextChoices):
    WAITING = "WAITING", "Waiting"
    OFFERED = "OFFERED", "Offered"
    FULFILLED = "FULFILLED", "Got the seat"
    LAPSED = "LAPSED", "Offer lapsed"
    LEFT = "LEFT", "Left"
