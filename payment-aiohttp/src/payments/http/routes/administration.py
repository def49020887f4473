"""The operations on the webhook URL and on deliveries, which operators call."""

from __future__ import annotations

from payments.http import administration, answers, inputs
from payments.http.operation import Answer, Operation
from payments.http.routes.common import API, BODY_PROBLEMS

# A text that is no UUID is answered with 404 without asking the database.
_DELIVERY = f"{API}/webhook-deliveries/{{id:[0-9a-fA-F]{{8}}(?:-[0-9a-fA-F]{{4}}){{3}}-[0-9a-fA-F]{{12}}}}"
_TAG = "operations"

ADMINISTRATION_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        method="GET",
        path=f"{API}/config/webhook",
        handler=administration.get_webhook,
        summary="Returns the webhook URL.",
        description="Operators call this to see where webhooks are sent, and whether sending is disabled.",
        tag=_TAG,
        scope="config:read",
        answers=(Answer(200, "The webhook configuration is returned.", answers.WebhookOutput),),
    ),
    Operation(
        method="PUT",
        path=f"{API}/config/webhook",
        handler=administration.put_webhook,
        summary="Changes the webhook URL.",
        description=(
            "Operators call this to send webhooks to another address, or to enable sending after the receiver "
            "answered 410. Deliveries that were held back are attempted at once. It returns the new configuration."
        ),
        tag=_TAG,
        scope="config:write",
        body=inputs.WebhookInput,
        answers=(Answer(200, "The webhook URL was changed.", answers.WebhookOutput),),
        refusals=BODY_PROBLEMS,
    ),
    Operation(
        method="GET",
        path=f"{API}/webhook-deliveries",
        handler=administration.get_deliveries,
        summary="Lists webhook deliveries, newest first.",
        description=(
            "Operators call this to see which webhook events were delivered, and with `state=DEAD` those that were "
            "given up. It returns one page of deliveries, each with its attempts, and the cursor of the next page."
        ),
        tag=_TAG,
        scope="deliveries:read",
        query=inputs.DeliveryQuery,
        answers=(Answer(200, "The page of deliveries is returned.", answers.DeliveryPage),),
        refusals=("validation-error",),
    ),
    Operation(
        method="POST",
        path=f"{_DELIVERY}/redeliver",
        handler=administration.post_redelivery,
        summary="Sends a webhook event once more.",
        description=(
            "Operators call this for a delivery that is `DELIVERED` or `DEAD`. The event is sent with the same "
            "`webhook-id` and a new schedule of retries. It returns the delivery, which is `PENDING`. A delivery that "
            "is still being attempted is refused."
        ),
        tag=_TAG,
        scope="deliveries:write",
        body=inputs.Nothing,
        answers=(Answer(202, "A new attempt is due; the delivery is returned.", answers.DeliveryOutput),),
        refusals=("not-found", "delivery-not-redeliverable", *BODY_PROBLEMS),
    ),
)
