"""The mails that the stack under test has sent, read from the files that Django's file backend writes."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage
from pathlib import Path

# The backend writes a line of 79 dashes behind each mail. Its file names carry the second and an object's address,
# so two mails of one second may share a file.
END_OF_MAIL = b"\n" + b"-" * 79 + b"\n"


def sent_mails(folder: Path) -> list[EmailMessage]:
    """Every whole mail in the folder, in no particular order; one that is still being written is left out."""
    written = [part for file in folder.iterdir() for part in file.read_bytes().split(END_OF_MAIL)[:-1]]
    return [email.message_from_bytes(part, policy=email.policy.default) for part in written]
