"""Every operation of each service that the other folders do not call, with its most important refusals."""

from __future__ import annotations

from postman.build.dsl import Folder
from postman.build.folders.operations.client import CLIENT
from postman.build.folders.operations.organizer import ORGANIZER
from postman.build.folders.operations.payment import PAYMENT
from postman.build.folders.operations.ticket import TICKET

OPERATIONS = Folder(
    "3 Every operation, service by service",
    "The folders above call most operations; the requests in here call the others, with their most important refusals. "
    "Together they call every operation of the four OpenAPI documents, which `./dev check` proves.",
    (CLIENT, TICKET, PAYMENT, ORGANIZER),
)
