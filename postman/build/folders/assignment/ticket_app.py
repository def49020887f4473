"""What the assignment asks of the ticket app."""

from __future__ import annotations

from postman.build.dsl import Folder
from postman.build.folders.assignment.catalogue import CRUD, STATUSES
from postman.build.folders.assignment.holds import DECLINES, EXTERNAL_CALL, IN_PROCESS, SYNCHRONOUS
from postman.build.folders.assignment.outcomes import DOCUMENT, INVOICE, STATUS_BY_HAND, TELLS

TICKET_APP = Folder(
    "Ticket app",
    "The ticket app keeps the seats of many events, holds them at the organizer's own system, makes invoices and "
    "tells the client app how a booking ended.",
    (CRUD, STATUSES, EXTERNAL_CALL, DECLINES, INVOICE, SYNCHRONOUS, IN_PROCESS, TELLS, DOCUMENT, STATUS_BY_HAND),
)
