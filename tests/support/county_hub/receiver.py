"""A receiver of notices: HTTPS on loopback with a certificate of an authority of its own; keeps what came and answers as
it is told."""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.support.sync.certificates import chain


@dataclass
class Receiver:
    """`answer(handler)` gives the status; `came` are (headers in lower case, body)."""

    port: int
    authority: Path
    answer: Callable[[BaseHTTPRequestHandler], int] = lambda handler: 204
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    heard: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}/notices"

    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.came]


@contextlib.contextmanager
def receiving(folder: Path, port: int = 0) -> Iterator[Receiver]:
    authority, certificates, key = chain(folder)
    made: list[Receiver] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status = made[0].answer(self)
            if 200 <= status < 300:
                made[0].came.append(({name.lower(): value for name, value in self.headers.items()}, body))
            with contextlib.suppress(OSError):
                self.send_response(status)
                self.send_header("content-length", "0")
                if 300 <= status < 400:
                    self.send_header("location", "https://localhost/elsewhere")
                self.end_headers()
            made[0].heard.set()

        def log_message(self, *words: Any) -> None:
            return

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates, key)
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.daemon_threads = True
    made.append(Receiver(server.server_address[1], authority))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield made[0]
    finally:
        server.shutdown()
        server.server_close()
