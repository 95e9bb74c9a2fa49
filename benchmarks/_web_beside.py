"""A small web server, and somebody who asks it at fixed times and notes how long answers take.

`serve` prints its port; `ask PORT SECONDS` prints the milliseconds of each answer, one a line;
`spin SECONDS` is a server that has more to do than it can: it prints the CPU seconds that it had.
"""

from __future__ import annotations

import http.client
import json
import sys
import time
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

EVERY_S = 0.025
_ROWS = [{"id": n, "text": f"caption {n}", "start": n * 10, "end": n * 10 + 9} for n in range(500)]


class Page(BaseHTTPRequestHandler):
    """One page of captions: some milliseconds of work, as an app's has."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: the next one would wait for an acknowledgement

    def do_GET(self) -> None:
        """Answer."""
        body = zlib.compress(json.dumps(_ROWS).encode())
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: a terminal is no part of it."""


def serve() -> None:
    """Answer until killed."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        print(server.server_port, flush=True)
        server.serve_forever()


def ask(port: int, seconds: float) -> None:
    """Ask at fixed times: an answer that is late makes the next ones late, and that counts."""
    line = http.client.HTTPConnection("127.0.0.1", port)
    begun_s = time.monotonic()
    for n in range(int(seconds / EVERY_S)):
        due_s = begun_s + n * EVERY_S
        time.sleep(max(0, due_s - time.monotonic()))
        line.request("GET", "/")
        line.getresponse().read()
        print((time.monotonic() - due_s) * 1000)


def spin(seconds: float) -> None:
    """Want a processor all the time."""
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        zlib.compress(json.dumps(_ROWS).encode())
    print(time.process_time())  # with its start: the jobs' time is counted from there, too


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve"]:
            serve()
        case ["ask", port, seconds]:
            ask(int(port), float(seconds))
        case ["spin", seconds]:
            spin(float(seconds))
