"""A crowd's connections are accepted many at a time, also if several workers share them."""

import socket

import gevent
from devstack.deadlines import stretched
from gevent import socket as green
from gevent.pool import Pool
from gunicorn.workers.ggevent import GeventWorker

from client.server.worker import ClientWorker, ConnectionServer

CONNECTIONS = 12


def test_what_has_come_meanwhile_is_accepted_in_one_turn_of_the_loop() -> None:
    listener, pool, under_way = green.socket(), Pool(), list[int]()
    listener.bind(("127.0.0.1", 0))
    listener.listen(CONNECTIONS)

    class Worker:
        def handle(self, accepted_by: object, client: object, address: object) -> None:
            under_way.append(len(pool))

    callers = [socket.create_connection(listener.getsockname()) for _ in range(CONNECTIONS)]
    server = ClientWorker.server_class(Worker(), listener, spawn=pool)  # type: ignore[arg-type]
    with server, gevent.Timeout(stretched(10)):
        server.start()
        while len(under_way) < CONNECTIONS:
            gevent.sleep(0)
    for caller in callers:
        caller.close()
    assert under_way == [CONNECTIONS] * CONNECTIONS, "when the first was handled, all had been accepted"


def test_gunicorn_asks_for_the_server_by_the_name_that_is_overridden() -> None:
    assert hasattr(GeventWorker, "server_class")
    assert ConnectionServer.max_accept > CONNECTIONS
