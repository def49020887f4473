"""Each phase of a connection has one deadline, however often the other side sends or reads a little."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from servicekit.connection_phases import Phase, PhaseSeconds

from client.server.sockets import STREAM_BYTES, LimitedSocket

SHORT, LONG = 0.3, 60.0
PAUSE = 0.02


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def limited(ours: socket.socket, late: list[Phase], **seconds: float) -> LimitedSocket:
    phases = PhaseSeconds(**{name: seconds.get(name, LONG) for name in ("idle", "header", "body", "response")})
    return LimitedSocket(ours, phases, on_late=late.append)


def drip(theirs: socket.socket) -> None:
    """Sends a byte again and again until the other side has closed."""
    with suppress(OSError):
        while True:
            theirs.sendall(b"x")
            time.sleep(PAUSE)


def drain(ours: LimitedSocket) -> int:
    received = 0
    while piece := ours.recv(1):
        received += len(piece)
    return received


@pytest.mark.parametrize("phase", [Phase.HEADER, Phase.IDLE])
def test_a_header_that_drips_looks_like_a_connection_that_was_closed(
    ends: tuple[socket.socket, socket.socket], phase: Phase
) -> None:
    late: list[Phase] = []
    sock = limited(ends[0], late, header=SHORT)
    if phase == Phase.HEADER:
        threading.Thread(target=drip, args=(ends[1],), daemon=True).start()
    received = drain(sock)
    assert (received > 1) == (phase == Phase.HEADER)
    assert late == [phase]


def test_a_connection_is_idle_for_its_time_only(ends: tuple[socket.socket, socket.socket]) -> None:
    late: list[Phase] = []
    sock = limited(ends[0], late, idle=SHORT)
    sock.await_request()
    assert sock.recv(1) == b""
    assert late == [Phase.IDLE]


def test_a_body_that_drips_is_an_error(ends: tuple[socket.socket, socket.socket]) -> None:
    late: list[Phase] = []
    sock = limited(ends[0], late, body=SHORT)
    sock.await_body()
    threading.Thread(target=drip, args=(ends[1],), daemon=True).start()
    with pytest.raises(TimeoutError):
        drain(sock)
    assert late == [Phase.BODY]


def test_a_response_that_is_read_too_slowly_ends_the_connection(ends: tuple[socket.socket, socket.socket]) -> None:
    late: list[Phase] = []
    sock = limited(ends[0], late, response=SHORT)

    def read_slowly() -> None:
        with suppress(OSError):
            while ends[1].recv(64):
                time.sleep(PAUSE)

    threading.Thread(target=read_slowly, daemon=True).start()
    sock.await_response()
    sock.sendall(b"head")
    with pytest.raises(ConnectionResetError):
        sock.sendall(b"x" * 10_000_000)
    assert late == [Phase.RESPONSE]


def test_working_at_a_response_takes_none_of_its_time(ends: tuple[socket.socket, socket.socket]) -> None:
    late: list[Phase] = []
    sock = limited(ends[0], late, body=SHORT, response=LONG)
    sock.await_body()
    sock.await_response()
    time.sleep(SHORT + 0.1)
    sock.sendall(b"ok")
    sock.flush()
    assert (ends[1].recv(2), late) == (b"ok", [])


def test_each_piece_of_a_stream_has_the_time_of_a_response(ends: tuple[socket.socket, socket.socket]) -> None:
    late: list[Phase] = []
    sock = limited(ends[0], late, response=SHORT)
    sock.await_response()
    sock.await_stream()
    for _ in range(5):
        sock.sendall(b"x")
        time.sleep(SHORT / 2)
    assert (ends[1].recv(100), late) == (b"xxxxx", [])
    with pytest.raises(ConnectionResetError):
        sock.sendall(b"x" * 10_000_000)
    assert late == [Phase.RESPONSE]


def test_a_response_after_a_stream_has_one_deadline_again(ends: tuple[socket.socket, socket.socket]) -> None:
    late: list[Phase] = []
    sock = limited(ends[0], late, response=SHORT)
    sock.await_response()
    sock.await_stream()
    sock.await_response()
    for _ in range(2):
        sock.sendall(b"x")
    time.sleep(SHORT)
    with pytest.raises(ConnectionResetError):
        sock.sendall(b"x")


def test_the_kernel_keeps_little_of_a_stream_that_nobody_reads(ends: tuple[socket.socket, socket.socket]) -> None:
    sock = limited(ends[0], [])
    sock.await_response()
    sock.await_stream()
    # Linux says twice what it was given.
    assert ends[0].getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) <= 2 * STREAM_BYTES


def test_the_head_of_a_response_is_sent_together_with_its_body_and_alone_if_it_has_none(
    ends: tuple[socket.socket, socket.socket],
) -> None:
    sock = limited(ends[0], [])
    sock.await_response()
    for piece in (b"head ", b"body ", b"more"):
        sock.sendall(piece)
    sock.flush()
    assert ends[1].recv(100) == b"head body more"
    sock.await_response()
    sock.sendall(b"head")
    ends[1].setblocking(False)
    with pytest.raises(BlockingIOError):
        ends[1].recv(100)
    sock.flush()
    assert ends[1].recv(100) == b"head"


def test_the_last_response_arrives_although_the_other_side_is_still_sending() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as theirs:
        theirs.settimeout(LONG)
        theirs.sendall(b"a body of which nobody reads a byte")
        ours, _ = server.accept()
        sock = limited(ours, [])
        sock.sendall(b"408")
        saying = threading.Thread(target=sock.say_goodbye)
        saying.start()
        theirs.sendall(b"and more of it")
        assert theirs.recv(100) == b"408"
        assert theirs.recv(100) == b"", "the connection was reset"
        theirs.close()
        saying.join(LONG)
        assert not saying.is_alive()
