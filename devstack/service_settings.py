"""The settings that a person may give to `./dev up`, and the services that read them."""

from collections.abc import Mapping

OUT_OF_THE_WAY = "100000/min"

WORKBENCH_DEFAULTS = {
    "LOG_LEVEL": "INFO",
    "ALLOW_PRIVATE_ADDRESSES": "true",
    "SIMULATION_CONTROLS": "true",
    "THROTTLE_AUTH": OUT_OF_THE_WAY,
    "THROTTLE_BOOKING": OUT_OF_THE_WAY,
    "THROTTLE_REGISTER": OUT_OF_THE_WAY,
    # Everybody at this machine has one address.
    "UNPAID_SEATS_PER_ADDRESS": "5000",
}
"""The values with which the workbench replaces a service's own defaults."""

CLIENT = (
    "CONNECTIONS_PER_ADDRESS",
    "DEFAULT_TIME_ZONE",
    "EMAIL_HOST",
    "EMAIL_PORT",
    "FAILED_SIGN_INS",
    "FAILED_SIGN_INS_IN_ALL",
    "FAILED_SIGN_INS_PER_ACCOUNT",
    "FAILED_SIGN_INS_PER_ADDRESS",
    "LOG_LEVEL",
    "MAP_VIEWERS",
    "MAP_VIEWERS_PER_ADDRESS",
    "REQUESTED_GRACE_SECONDS",
    "THROTTLE_AUTH",
    "THROTTLE_BOOKING",
    "THROTTLE_REGISTER",
)
TICKET = (
    "ALLOW_PRIVATE_ADDRESSES",
    "CRASH_POINT_FILE",
    "DEFAULT_TIME_ZONE",
    "HOLDING_GRACE_SECONDS",
    "HOLD_SECONDS",
    "LOG_LEVEL",
    "OFFER_SECONDS",
    "ORGANIZER_ATTEMPTS",
    "ORGANIZER_CALLS_AT_ONCE",
    "ORGANIZER_FAILURES_TO_PAUSE",
    "ORGANIZER_PAUSE_SECONDS",
    "ORGANIZER_TIMEOUT_SECONDS",
    "PROMOTION_ATTEMPTS",
    "SIMULATION_CONTROLS",
    "SWEEP_SECONDS",
    "TICKET_LINK_SECONDS",
    "UNPAID_SEATS_PER_ADDRESS",
    "UNPAID_SEATS_PER_BUYER",
)
ORGANIZER = ("LOG_LEVEL", "ORGANIZER_FAILURE_RATE", "ORGANIZER_LATENCY_MS", "ORGANIZER_SEED", "SIMULATION_CONTROLS")
PAYMENT = (
    "ALLOW_PRIVATE_ADDRESSES",
    "CRASH_POINT_FILE",
    "LOG_LEVEL",
    "PAYMENT_FAILURE_RATE",
    "PAYMENT_PROCESSING_SECONDS",
    "PAYMENT_SEED",
    "SIMULATION_CONTROLS",
    "SWEEP_SECONDS",
)


def chosen(names: tuple[str, ...], given: Mapping[str, str]) -> dict[str, str]:
    """Returns the given value of each setting, or the workbench's; leaves out settings that have neither."""
    values = {name: given.get(name, WORKBENCH_DEFAULTS.get(name)) for name in names}
    return {name: value for name, value in values.items() if value is not None}
