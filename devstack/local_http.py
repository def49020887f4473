"""Asks a server of the stack over HTTP.

By the standard library, since each command of the workbench would spend more on importing a client than on its request.
"""

from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from devstack.deadlines import stretched

OK = 200
MOST_BYTES = 8 * 1024 * 1024
"""Of an answer that is read: anything may listen on a port that the stack would like to have."""


def get(url: str, seconds: float) -> tuple[int, bytes]:
    """Returns status and body of the answer, at most `MOST_BYTES` of it.

    Raises an OSError if there is no answer in this time, or none that is HTTP.
    """
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=stretched(seconds))
    try:
        connection.request("GET", parts.path)
        answer = connection.getresponse()
        return answer.status, answer.read(MOST_BYTES)
    except HTTPException as error:
        raise OSError(f"{url} does not answer by HTTP") from error
    finally:
        connection.close()
