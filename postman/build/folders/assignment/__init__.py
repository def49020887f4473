"""The assignment, sentence by sentence: a folder for each part, which contains a folder for each sentence."""

from __future__ import annotations

from postman.build.dsl import Folder
from postman.build.folders.assignment.bonus import BONUS
from postman.build.folders.assignment.client_app import CLIENT_APP
from postman.build.folders.assignment.minimum import MINIMUM
from postman.build.folders.assignment.payment_app import PAYMENT_APP
from postman.build.folders.assignment.ticket_app import TICKET_APP
from postman.build.folders.set_up import PREPARATION

ASSIGNMENT = Folder(
    "1 The assignment, sentence by sentence",
    "Each folder in here has the name of a sentence of the assignment, and its requests show that the sentence "
    "holds. Run this folder alone, from top to bottom: it makes the users and the event that it needs. What is left "
    "to chance is forced by the simulation controls to one outcome and then to the other, so every run is green.",
    (PREPARATION, CLIENT_APP, TICKET_APP, PAYMENT_APP, MINIMUM, BONUS),
)
