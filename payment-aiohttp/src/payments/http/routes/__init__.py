"""Every operation of the service."""

from __future__ import annotations

from payments.http.operation import Operation
from payments.http.routes.administration import ADMINISTRATION_OPERATIONS
from payments.http.routes.health import HEALTH_OPERATIONS
from payments.http.routes.invoices import INVOICE_OPERATIONS
from payments.http.routes.payment_page import PAYMENT_PAGE_OPERATIONS
from payments.http.routes.simulation import SIMULATION_OPERATIONS

OPERATIONS: tuple[Operation, ...] = (
    *INVOICE_OPERATIONS,
    *ADMINISTRATION_OPERATIONS,
    *PAYMENT_PAGE_OPERATIONS,
    *HEALTH_OPERATIONS,
)
"""The operations that are always offered."""

__all__ = ["OPERATIONS", "SIMULATION_OPERATIONS"]
