"""The two tiny services of the fake platform. Standard library only: each start of a stack starts them."""

import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = os.environ.get("LOG_LEVEL", "").encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main(arguments: list[str]) -> None:
    """`serve HOST PORT` or `work`."""
    if arguments[0] == "serve":
        ThreadingHTTPServer((arguments[1], int(arguments[2])), _Answer).serve_forever()
    signal.pause()


if __name__ == "__main__":
    main(sys.argv[1:])
