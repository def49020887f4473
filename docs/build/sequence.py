"""The sequence of a booking, in English and Indonesian."""

from __future__ import annotations

from dataclasses import dataclass

from docs.build.overview import LANGUAGES, Words
from docs.build.svg import LINE, OTHER, OURS, PERSON, SOFT, STORE, Box, Drawing, Look, width_of

LEFT, STEP, TOP, ROW = 62, 128, 14, 27
HEAD = (112, 34)


@dataclass(frozen=True)
class Message:
    """From one lifeline to another; to itself it is something done."""

    start: int
    end: int
    words: Words
    is_answer: bool = False


@dataclass(frozen=True)
class Phase:
    """A heading over the messages that follow."""

    words: Words


LINES: tuple[tuple[Words, Look], ...] = (
    (("Buyer", "Pembeli"), PERSON),
    (("Client", "Client"), OURS),
    (("Ticket", "Ticket"), OURS),
    (("Organizer", "Penyelenggara"), OTHER),
    (("Payment", "Payment"), OURS),
    (("Object store", "Object storage"), STORE),
)
BUYER, CLIENT, TICKET, ORGANIZER, PAYMENT, STORE_LINE = range(6)

SCRIPT: tuple[Message | Phase, ...] = (
    Phase(("synchronous for the buyer", "sinkron bagi pembeli")),
    Message(BUYER, CLIENT, ("book seats", "pesan kursi")),
    Message(CLIENT, CLIENT, ("store REQUESTED", "simpan REQUESTED")),
    Message(CLIENT, TICKET, ("book, with the id", "pesan, dengan id")),
    Message(TICKET, TICKET, ("OPEN → ON_GOING, HOLDING", "OPEN → ON_GOING, HOLDING")),
    Message(TICKET, ORGANIZER, ("hold, same id", "tahan kursi, id sama")),
    Message(ORGANIZER, TICKET, ("held (or declined)", "ditahan (atau ditolak)"), is_answer=True),
    Message(TICKET, PAYMENT, ("invoice, same id as reference", "invoice, id sama sebagai reference")),
    Message(PAYMENT, TICKET, ("number, payment URL", "nomor, URL pembayaran"), is_answer=True),
    Message(TICKET, TICKET, ("AWAITING_PAYMENT", "AWAITING_PAYMENT")),
    Message(TICKET, CLIENT, ("booking", "pemesanan"), is_answer=True),
    Message(CLIENT, BUYER, ("payment URL", "URL pembayaran"), is_answer=True),
    Phase(("payment, asynchronous", "pembayaran, asinkron")),
    Message(BUYER, PAYMENT, ("pay on the payment page", "bayar di halaman pembayaran")),
    Message(PAYMENT, BUYER, ("202 PROCESSING", "202 PROCESSING"), is_answer=True),
    Message(PAYMENT, PAYMENT, ("worker: PAID or FAILED", "worker: PAID atau FAILED")),
    Message(PAYMENT, TICKET, ("webhook invoice.paid, signed", "webhook invoice.paid, bertanda tangan")),
    Message(TICKET, TICKET, ("BOOKED, seats BOOKED", "BOOKED, kursi BOOKED")),
    Phase(("afterwards, by workers", "setelah itu, oleh worker")),
    Message(TICKET, STORE_LINE, ("PDF, its SHA-256 stored", "PDF, SHA-256 disimpan")),
    Message(TICKET, CLIENT, ("webhook", "webhook")),
    Message(CLIENT, BUYER, ("notice, e-mail", "notifikasi, email")),
    Message(BUYER, STORE_LINE, ("PDF by presigned link", "PDF melalui presigned URL")),
)


def draw(language: str) -> Drawing:
    """A booking that succeeds, from the buyer's request to the PDF."""
    chosen = LANGUAGES.index(language)
    title = ("Sequence of a booking that succeeds", "Urutan pemesanan yang berhasil")[chosen]
    height = TOP + HEAD[1] + ROW * (len(SCRIPT) + 1)
    drawing = Drawing(LEFT * 2 + STEP * (len(LINES) - 1), height, title)
    for number, (words, look) in enumerate(LINES):
        x = _x(number)
        drawing.line([(x, TOP + HEAD[1]), (x, height - 10)], colour="#b8c0ca", width=1)
        drawing.rectangle(Box(x - HEAD[0] / 2, TOP, *HEAD), look)
        drawing.text((x, TOP + 21), words[chosen], size=11.5, bold=True)
    y: float = TOP + HEAD[1] + 8
    for item in SCRIPT:
        y += ROW
        if isinstance(item, Phase):
            _phase(drawing, y, item.words[chosen])
        else:
            _message(drawing, y, item, item.words[chosen])
    return drawing


def _x(number: int) -> float:
    return LEFT + STEP * number


def _phase(drawing: Drawing, y: float, words: str) -> None:
    drawing.line([(8, y - 2), (drawing.width - 8, y - 2)], colour="#c9d0d8", dashed=True, width=1)
    drawing.label((drawing.width / 2, y - 2), [words], colour=SOFT)


def _message(drawing: Drawing, y: float, message: Message, words: str) -> None:
    start, end = _x(message.start), _x(message.end)
    if start == end:
        drawing.arrow([(start, y - 9), (start + 22, y - 9), (start + 22, y + 3), (start + 3, y + 3)])
        drawing.label((start + 28 + width_of(words, 10.5) / 2, y - 3), [words])
        return
    toward = 1 if end > start else -1
    drawing.arrow([(start, y + 3), (end - 2 * toward, y + 3)], colour=LINE, dashed=message.is_answer)
    drawing.label((_middle(start, end), y - 5), [words])


def _middle(start: float, end: float) -> float:
    """Halfway, but beside the lifelines that the line crosses."""
    middle = (start + end) / 2
    return middle if (middle - LEFT) % STEP else middle - STEP / 2
