"""Diagrams of what surrounds the platform and of what it consists of, in English and Indonesian."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from docs.build.svg import OTHER, OURS, PERSON, SOFT, STORE, Box, Drawing, Look, Point, between

Words = tuple[str, str]
"""The same in English and in Indonesian; `|` ends a line."""
LANGUAGES = ("en", "id")


@dataclass(frozen=True)
class Part:
    """A box: its place, its name, what it is for."""

    at: tuple[float, float, float, float]
    name: Words
    about: Words
    look: Look
    is_store: bool = False


@dataclass(frozen=True)
class Flow:
    """An arrow from part to part; `via` are the corners between, `share` where on its longest piece the words lie."""

    start: str
    end: str
    about: Words
    via: tuple[Point, ...] = ()
    share: float = 0.5
    dashed: bool = False
    at: Point | None = None


CONTEXT: Mapping[str, Part] = {
    "buyer": Part((20, 20, 190, 62), ("Buyer", "Pembeli"), ("books, pays, queues", "pesan, bayar, antre"), PERSON),
    "staff": Part(
        (275, 20, 190, 62), ("Staff", "Staf"), ("catalogue, failures, queues", "katalog, kegagalan, antrean"), PERSON
    ),
    "other": Part(
        (530, 20, 190, 62),
        ("Other applications", "Aplikasi lain"),
        ("the same API, e.g. Postman", "melalui API yang sama"),
        PERSON,
    ),
    "platform": Part(
        (200, 180, 340, 86),
        ("Ticketing platform", "Platform tiket"),
        (
            "users, catalogue, seats, bookings,|waiting queue, PDF documents",
            "pengguna, katalog, kursi, pemesanan,|antrean, dokumen PDF",
        ),
        OURS,
    ),
    "organizer": Part(
        (20, 370, 200, 76),
        ("Organizers' systems", "Sistem penyelenggara"),
        (
            "hold and release of seats|(simulated: 20 % decline)",
            "menahan dan melepas kursi|(simulasi: 20 % ditolak)",
        ),
        OTHER,
    ),
    "payment": Part(
        (270, 370, 200, 76),
        ("Payment gateway", "Payment gateway"),
        ("our payment app|(simulated: 10 % fail)", "payment app kami|(simulasi: 10 % gagal)"),
        OTHER,
    ),
    "mail": Part(
        (520, 370, 200, 76),
        ("Mail server", "Server email"),
        ("carries notifications|with the PDF", "mengirim notifikasi|beserta PDF"),
        OTHER,
    ),
}
CONTEXT_FLOWS = (
    Flow("buyer", "platform", ("books, cancels", "memesan, membatalkan")),
    Flow("staff", "platform", ("manages", "mengelola")),
    Flow("other", "platform", ("REST, JSON", "REST, JSON")),
    Flow("platform", "organizer", ("hold, look up,|release", "tahan, periksa,|lepas kursi"), share=0.55),
    Flow(
        "platform",
        "payment",
        ("invoice, void, refund;|outcome by webhook", "invoice, pembatalan, refund;|hasil melalui webhook"),
    ),
    Flow("platform", "mail", ("SMTP", "SMTP"), share=0.55),
)

CONTAINERS: Mapping[str, Part] = {
    "browser": Part((300, 12, 160, 46), ("Browser", "Peramban"), ("buyer, staff", "pembeli, staf"), PERSON),
    "frontend": Part(
        (30, 112, 190, 60), ("frontend-streamlit", "frontend-streamlit"), ("dashboard · :8501", "dasbor · :8501"), OURS
    ),
    "client": Part(
        (30, 246, 190, 78),
        ("client-django", "client-django"),
        ("HTTP :8000 and worker|users, history, notices", "HTTP :8000 dan worker|pengguna, riwayat, notifikasi"),
        OURS,
    ),
    "ticket": Part(
        (285, 246, 190, 78),
        ("ticket-fastapi", "ticket-fastapi"),
        ("HTTP :8001 and worker|seats, bookings, queue", "HTTP :8001 dan worker|kursi, pemesanan, antrean"),
        OURS,
    ),
    "payment": Part(
        (540, 246, 190, 78),
        ("payment-aiohttp", "payment-aiohttp"),
        ("HTTP :8002 and worker|invoices, payment page", "HTTP :8002 dan worker|invoice, halaman bayar"),
        OURS,
    ),
    "clientdb": Part((30, 400, 110, 62), ("client", "client"), ("PostgreSQL", "PostgreSQL"), STORE, is_store=True),
    "ticketdb": Part((325, 400, 110, 62), ("ticket", "ticket"), ("PostgreSQL", "PostgreSQL"), STORE, is_store=True),
    "paymentdb": Part((620, 400, 110, 62), ("payment", "payment"), ("PostgreSQL", "PostgreSQL"), STORE, is_store=True),
    "mail": Part((165, 400, 110, 62), ("mail", "email"), ("Mailpit / files", "Mailpit / berkas"), OTHER),
    "s3": Part(
        (470, 400, 125, 62),
        ("object store", "object storage"),
        ("MinIO (S3) · :9000", "MinIO (S3) · :9000"),
        STORE,
        is_store=True,
    ),
    "organizer": Part(
        (285, 112, 190, 60),
        ("organizer simulator", "simulator penyelenggara"),
        ("FastAPI · :8003", "FastAPI · :8003"),
        OTHER,
    ),
}
CONTAINER_FLOWS = (
    Flow("browser", "frontend", ("dashboard", "dasbor"), via=((125, 35),), at=(190, 35)),
    Flow("browser", "payment", ("pays", "membayar"), via=((635, 35),), at=(560, 35)),
    Flow("frontend", "client", ("REST + JWT", "REST + JWT")),
    Flow("client", "ticket", ("book", "pesan"), at=(252, 262), via=((218, 270), (287, 270))),
    Flow("ticket", "client", ("webhook", "webhook"), at=(252, 292), via=((287, 302), (218, 302)), dashed=True),
    Flow("ticket", "payment", ("invoice", "invoice"), at=(507, 262), via=((473, 270), (542, 270))),
    Flow("payment", "ticket", ("webhook", "webhook"), at=(507, 292), via=((542, 302), (473, 302)), dashed=True),
    Flow("ticket", "organizer", ("hold, release", "tahan, lepas")),
    Flow("client", "clientdb", ("", ""), via=((85, 285), (85, 401))),
    Flow("client", "mail", ("", ""), via=((190, 285), (190, 401))),
    Flow("ticket", "ticketdb", ("", "")),
    Flow("ticket", "s3", ("PDF", "PDF"), via=((462, 322), (500, 402)), at=(478, 362)),
    Flow("payment", "paymentdb", ("", ""), via=((675, 285), (675, 401))),
    Flow(
        "s3",
        "browser",
        ("PDF by presigned link", "PDF melalui presigned URL"),
        via=((532, 488), (750, 488), (750, 24)),
        at=(640, 488),
    ),
)


def draw_context(language: str) -> Drawing:
    """Who uses the platform, and whom it depends on."""
    title = ("The platform and its surroundings", "Platform dan lingkungannya")[LANGUAGES.index(language)]
    return _draw(Drawing(740, 462, title), CONTEXT, CONTEXT_FLOWS, language)


def draw_containers(language: str) -> Drawing:
    """The processes and stores, and who talks to whom."""
    title = ("Services and stores", "Layanan dan penyimpanan")[LANGUAGES.index(language)]
    drawing = Drawing(762, 512, title)
    note = (
        "full line: request and answer; broken line: signed webhook, repeated until it is taken",
        "garis penuh: permintaan dan jawaban; garis putus-putus: webhook bertanda tangan, diulang sampai diterima",
    )
    drawing.text((14, 506), note[LANGUAGES.index(language)], size=9.5, colour=SOFT, anchor="start")
    return _draw(drawing, CONTAINERS, CONTAINER_FLOWS, language)


OVERVIEWS: Mapping[str, Callable[[str], Drawing]] = {"context": draw_context, "containers": draw_containers}


def _draw(drawing: Drawing, parts: Mapping[str, Part], flows: tuple[Flow, ...], language: str) -> Drawing:
    chosen = LANGUAGES.index(language)
    boxes = {key: Box(*part.at) for key, part in parts.items()}
    labels: list[tuple[Point, list[str]]] = []
    for flow in flows:
        start, end = boxes[flow.start], boxes[flow.end]
        points = _points(start, end, flow.via)
        drawing.arrow(points, dashed=flow.dashed)
        if words := flow.about[chosen]:
            labels.append((flow.at or between(points[0], points[-1], flow.share), words.split("|")))
    for key, part in parts.items():
        drawing.card(boxes[key], part.name[chosen], part.about[chosen].split("|"), part.look, store=part.is_store)
    for at, lines in labels:
        drawing.label(at, lines)
    return drawing


def _points(start: Box, end: Box, via: tuple[Point, ...]) -> list[Point]:
    if not via:
        return [start.edge_towards(end.centre, 1), end.edge_towards(start.centre, 3)]
    if _is_within(start, via[0]) and len(via) > 1:  # a line that is wholly given
        return [via[0], *via[1:]]
    return [start.edge_towards(via[0], 1), *via, _straight_into(end, via[-1])]


def _is_within(box: Box, point: Point) -> bool:
    return box.x <= point[0] <= box.x + box.width and box.y <= point[1] <= box.y + box.height


def _straight_into(box: Box, point: Point) -> Point:
    """Where a level or upright line from the point meets the box."""
    if box.x <= point[0] <= box.x + box.width:
        return point[0], (box.y - 2 if point[1] < box.y else box.y + box.height + 2)
    return (box.x - 2 if point[0] < box.x else box.x + box.width + 2), point[1]
