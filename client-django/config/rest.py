"""The settings of the HTTP interface: Django REST framework, tokens, OpenAPI."""

from datetime import timedelta
from typing import Any

from config.env import environment

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["client.edge.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["client.edge.parsers.StrictJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "client.edge.negotiation.AlwaysJSON",
    "DEFAULT_PAGINATION_CLASS": "client.edge.pagination.NewestFirst",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "client.edge.exception_handler.problem_response",
    "NUM_PROXIES": environment().trusted_proxies,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}

SIMPLE_JWT: dict[str, Any] = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=7),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    # A change of the password ends every token that was issued before.
    "CHECK_REVOKE_TOKEN": True,
    "SIGNING_KEY": environment().secret_key,
    "USER_ID_FIELD": "id",
    "ISSUER": "client-django",
}

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Ticketing: client service",
    "DESCRIPTION": (
        "Buyers, staff and the dashboard call this service for accounts, the catalogue, bookings with their history, "
        "queues for taken seats, and notifications. Lists are `{items, next_cursor}`; errors are problem documents "
        "(RFC 9457)."
    ),
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SORT_OPERATIONS": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "client.edge.schema.complete",
    ],
    "ENUM_NAME_OVERRIDES": {
        "BookingStatus": "client.domain.booking.BookingStatus",
        "FailureReason": "client.domain.booking.FailureReason",
        "CancelReason": "client.domain.booking.CancelReason",
        "BookingOrigin": "client.domain.booking.BookingOrigin",
        "RefundStatus": "client.domain.booking.RefundStatus",
        "WaitlistStatus": "client.domain.waitlist.WaitlistStatus",
        "NotificationKind": "client.notifications.kinds.NotificationKind",
    },
}
