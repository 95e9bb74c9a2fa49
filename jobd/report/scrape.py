"""`metrics --listen`: Prometheus asks, one request at a time."""

from __future__ import annotations

import re
import signal
import socket
import sys
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address
from socketserver import TCPServer
from typing import TYPE_CHECKING, Any

from jobd import __version__
from jobd.errors import QueueError, UsageError
from jobd.report.exposition import CONTENT_TYPE
from jobd.report.text import harmless

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Address = tuple[str, int]

PATH = "/metrics"
_HOST = "127.0.0.1"
_SLOW_S = 5  # one who connects and says nothing must not shut the others out
_ADDRESS = re.compile(r"(?:(?P<host>[^:\[\]]+|\[[^\[\]]+\]):)?(?P<port>\d{1,5})")
_MOST = 65_535


def address_of(text: str) -> Address:
    """Where to listen: "9752", "127.0.0.1:9752", "[::1]:9752" (pure).

    Raises:
        UsageError: It is no address.
    """
    found = _ADDRESS.fullmatch(text)
    if not found or int(found["port"]) > _MOST:
        raise UsageError(
            f"--listen {text}: write a port, or an address and a port (127.0.0.1:9752)"
        )
    return (found["host"] or _HOST).strip("[]"), int(found["port"])


def listen(address: Address, page: Callable[[], str], say: Callable[[str], None]) -> None:
    """Answer GET /metrics until SIGTERM or SIGINT.

    Args:
        address: Host and port; port 0: any that is free.
        page: Makes the page anew for each request; QueueError: there is none now.
        say: Is told where it listens.

    Raises:
        UsageError: Nobody can listen there.
    """
    with _interruptible(), _listening(address, page) as server:
        host, port = server.server_address[:2]
        url = f"http://{f'[{host!s}]' if ':' in str(host) else host!s}:{port}{PATH}"
        open_to = "" if ip_address(str(host)).is_loopback else "; other machines may ask too"
        try:
            say(f"metrics on {url}{open_to}")
            server.serve_forever()
        except KeyboardInterrupt:
            say("stopped")


class _Server(TCPServer):
    """One request after the other; http.server's own would ask the network for our name."""

    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """One who goes away, or is too slow, is no fault of ours."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


def _listening(address: Address, page: Callable[[], str]) -> TCPServer:
    host, port = address
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        server = type("_OfFamily", (_Server,), {"address_family": family})
        made: TCPServer = server(address, _handler(page))
    except OSError as error:
        raise UsageError(f"cannot listen on {host}:{port}: {error.strerror}") from None
    return made


@contextmanager
def _interruptible() -> Iterator[None]:
    """Both signals end it alike, also where a shell has it in the background."""
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.signal(number, signal.default_int_handler) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _handler(page: Callable[[], str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _SLOW_S
        server_version = f"jobd/{__version__}"
        sys_version = ""

        def do_GET(self) -> None:
            """The page."""
            if self.path.split("?")[0] != PATH:
                self._answer(HTTPStatus.NOT_FOUND, f"only {PATH} is here\n")
                return
            try:
                self._answer(HTTPStatus.OK, page(), CONTENT_TYPE)
            except QueueError as error:
                self._answer(HTTPStatus.SERVICE_UNAVAILABLE, f"{harmless(str(error))}\n")

        def _answer(
            self, status: HTTPStatus, text: str, content_type: str = "text/plain; charset=utf-8"
        ) -> None:
            body = text.encode(errors="replace")
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: Any) -> None:
            """A scrape every few seconds is no news."""

    return Handler
