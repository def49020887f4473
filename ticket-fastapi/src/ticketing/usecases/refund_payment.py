"""Money that is owed to a buyer: asked for until payment says that it is given back (DESIGN section 4, Expiry and
Cancel).
"""

from __future__ import annotations

from servicekit.crash_points import crash_point

from ticketing.domain.booking_record import Booking
from ticketing.integrations.gateways import InvoiceStatus
from ticketing.services import Services
from ticketing.usecases.expire_booking import learn_of_payment
from ticketing.usecases.steps import DONE, Again, Done, wait_and_see


async def refund_payment(services: Services, booking: Booking) -> Done | Again:
    """Ask for the refund, idempotently; usually payment's webhook tells of its end before this asks again."""
    invoice = await services.gateways.payments.find(booking.id)
    if invoice is None:
        return wait_and_see(booking)
    crash_point("refund.found")
    refund = await services.gateways.payments.refund(invoice.number)
    crash_point("refund.requested")
    if refund.status is not InvoiceStatus.REFUNDED:
        return wait_and_see(booking)
    await learn_of_payment(services, refund)
    crash_point("refund.recorded")
    return DONE
