import structlog
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from pydantic import ValidationError
from servicekit.signatures import SignatureError, verify

from client.accounts.errors import UnknownCustomerError
from client.edge import problems
from client.edge.problems import FieldError, Problem, problem_http_response
from client.observability.metrics import WEBHOOKS
from client.webhooks.batch import batch_receive
from client.webhooks.inbox import event_receive
from client.webhooks.payloads import Batch, Event, webhook_of
from config.env import environment

LIMIT = 64 * 1024
SIGNED_BY = ("webhook-id", "webhook-timestamp", "webhook-signature")
log = structlog.get_logger("client.webhooks")


@csrf_exempt
def ticket_webhook(request: HttpRequest) -> HttpResponse:
    """Receives `POST /webhooks/ticket`, one event or a batch, and answers 200, 401, 413 or 422 (contracts/README.md,
    webhooks).
    """
    if request.method != "POST":
        response = problem_http_response(problems.METHOD_NOT_ALLOWED, request.path)
        response["Allow"] = "POST"
        return response
    body = request.read(LIMIT + 1)
    if len(body) > LIMIT:
        return _refuse(request, problems.BODY_TOO_LARGE)
    headers = {name: request.headers.get(name, "") for name in SIGNED_BY}
    try:
        message_id = verify(body=body, headers=headers, secrets=environment().webhook_secrets)
        webhook = webhook_of(body)
        return _receive_batch(webhook) if isinstance(webhook, Batch) else _receive_event(message_id, webhook)
    except SignatureError:
        return _refuse(request, problems.UNAUTHENTICATED)
    except ValidationError as error:
        return _refuse(request, _unreadable(error))
    except UnknownCustomerError as error:
        return _refuse(request, problems.problem_of(error))


def _receive_event(message_id: str, event: Event | None) -> HttpResponse:
    outcome = event_receive(message_id=message_id, event=event)
    kind = "unknown" if event is None else event.type
    WEBHOOKS.labels(kind, outcome.value).inc()
    log.info("webhook.received", webhook_id=message_id, type=kind, outcome=outcome.value)
    return JsonResponse({"outcome": outcome.value})


def _receive_batch(batch: Batch) -> HttpResponse:
    outcomes = batch_receive(batch.data.items)
    for each in outcomes:
        WEBHOOKS.labels(each.kind, each.outcome).inc()
    return JsonResponse({"items": [{"id": each.id, "status": each.status} for each in outcomes]})


def _refuse(request: HttpRequest, problem: Problem) -> HttpResponse:
    WEBHOOKS.labels("unknown", problem.type).inc()
    log.warning("webhook.refused", problem=problem.type)
    return problem_http_response(problem, request.path)


def _unreadable(error: ValidationError) -> Problem:
    fields: list[FieldError] = [
        {"field": ".".join(map(str, each["loc"])), "code": each["type"], "message": each["msg"]}
        for each in error.errors(include_input=False, include_url=False, include_context=False)
    ]
    return problems.validation_error(fields)
