"""Gives the whole exchange with a mail server one deadline.

The timeout of `smtplib` limits each read separately, so a server that sends one byte a second would never time out.
"""

import smtplib
import socket
from typing import Any

from django.core.mail.backends.smtp import EmailBackend

from client.outgoing.deadline import CONNECT_SECONDS, limited

LONGEST_READ_SECONDS = 10.0


class DeadlineEmailBackend(EmailBackend):
    """Django's SMTP backend, with connections that keep the thread's deadline. Raises OSError and SMTPException."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _Connection


class _Connection(smtplib.SMTP):
    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = socket.create_connection((host, port), limited(CONNECT_SECONDS, TimeoutError), self.source_address)
        return _Socket(plain.family, plain.type, plain.proto, fileno=plain.detach())


class _Socket(socket.socket):
    def recv_into(self, *arguments: Any) -> int:
        self.settimeout(limited(LONGEST_READ_SECONDS, TimeoutError))
        return super().recv_into(*arguments)

    def sendall(self, *arguments: Any) -> None:
        self.settimeout(limited(LONGEST_READ_SECONDS, TimeoutError))
        super().sendall(*arguments)
