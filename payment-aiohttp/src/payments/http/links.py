"""Where numbers and references in an answer go: the links of the OpenAPI document."""

from __future__ import annotations

from servicekit.openapi_links import BODY, FIRST_ITEM, Flow

_INVOICES, _DELIVERIES = "/api/v1/invoices", "/api/v1/webhook-deliveries"


def _of_invoice(source: str, invoice: str) -> list[Flow]:
    return [
        Flow(source=source, target=f"{_INVOICES}/{{number}}", parameters={"number": f"{invoice}/number"}),
        Flow(source=source, target=f"POST {_INVOICES}/void", body={"reference": f"{invoice}/reference"}),
    ]


FLOWS = (
    *_of_invoice(f"POST {_INVOICES}", BODY),
    *_of_invoice(f"GET {_INVOICES}", FIRST_ITEM),
    *_of_invoice(f"GET {_INVOICES}/{{number}}", BODY),
    Flow(source=f"GET {_DELIVERIES}", target=f"{_DELIVERIES}/{{id}}", parameters={"id": f"{FIRST_ITEM}/id"}),
)
