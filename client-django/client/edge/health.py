import os
from dataclasses import replace

import structlog
from django.db import connection, transaction
from django.db.utils import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest, multiprocess

from client.edge.problems import NOT_READY, problem_http_response

# A full disk or a read-only database refuses a new page of a table. The rollback removes the page again.
TRY_TO_WRITE = """
    CREATE TEMPORARY TABLE readiness ON COMMIT DROP AS SELECT now() AS tried_at
"""
log = structlog.get_logger("client.health")


def healthz(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """Answers whether the service can work. It checks only the database: without ticket, history and accounts still
    work.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(TRY_TO_WRITE)
            transaction.set_rollback(True)
    except Error as error:
        log.warning("readyz.failed", dependency="database", error=str(error).strip())
        detail = "The database cannot be reached or written to."
        return problem_http_response(replace(NOT_READY, detail=detail), request.path)
    return JsonResponse({"status": "ok", "checks": {"database": "ok"}})


def metrics(request: HttpRequest) -> HttpResponse:
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
