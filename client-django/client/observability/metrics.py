from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter("client_http_requests_total", "Requests answered", ["method", "route", "status"])
DURATION = Histogram(
    "client_http_request_seconds",
    "Time to answer a request",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
TICKET_CALLS = Counter("client_ticket_calls_total", "Calls to the ticket service", ["method", "outcome"])
WEBHOOKS = Counter("client_webhooks_total", "Webhooks received from ticket", ["type", "outcome"])
BOOKINGS = Counter("client_booking_changes_total", "Changes of booking states applied", ["to_status"])
NOTIFICATIONS_LOST = Counter("client_notifications_lost_total", "Changes applied whose notification could not be made")
LANE_USED = Gauge("client_lane_requests", "Requests under way in each lane", ["lane"], multiprocess_mode="livesum")
LANE_REFUSED = Counter("client_lane_refused_total", "Requests refused because their lane was full", ["lane"])
CONNECTIONS_ENDED = Counter("client_connections_ended_total", "Connections ended by a limit", ["reason"])
MAP_VIEWERS = Gauge("client_map_viewers", "Viewers who are sent the changes of a seat map", multiprocess_mode="livesum")
WORK_FAILURES = Counter("client_worker_item_failures_total", "Items that the worker could not deal with", ["loop"])
