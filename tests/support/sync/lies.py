"""A peer that lies: a proxy before an honest endpoint that spoils chosen answers.

    replicator -> LyingProxy(lie) -> endpoint

`lie(number, path, answer)` sees every answer, the first of the proxy's life as number 0, and gives back what is sent: the
same `Answer` or another one. An answer may be a stream without end.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.support import loopback


@dataclass(slots=True)
class Answer:
    """`chunks` instead of `body`: sent one after the other until the client goes. `headers` without a length get the body's.
    `raw` instead of all: these bytes and the end of the connection."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    chunks: Iterable[bytes] | None = None
    raw: Iterable[bytes] | None = None


Lie = Callable[[int, str, Answer], Answer]


class LyingProxy:
    def __init__(self, upstream: str, lie: Lie) -> None:
        self.lie = lie
        self.route: Callable[[str], str] = lambda path: path    # to which path of the endpoint a request really goes
        self.answers = 0
        self._http = loopback.Client(base_url=upstream, timeout=30, trust_env=False)
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._http.close()

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        wanted = ("content-type", "content-encoding", "accept", "authorization")
        passed = {name: headers[name] for name in wanted if name in headers}
        given = self._http.request(method, self.route(path), content=body, headers={**passed, "accept-encoding": "identity"})
        kept = {name: given.headers[name] for name in ("content-type", "x-replica", "x-update-seqs") if name in given.headers}
        honest = Answer(given.status_code, given.content, kept)
        with self._lock:
            number, self.answers = self.answers, self.answers + 1
        return self.lie(number, path, honest)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def _serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                answer = proxy.answer(self.command, self.path, headers, body)
                with contextlib.suppress(OSError):      # the client had enough
                    self._send(answer)

            def _send(self, answer: Answer) -> None:
                if answer.raw is not None:
                    self.close_connection = True
                    for piece in answer.raw:
                        self.wfile.write(piece)
                    return
                self.send_response(answer.status)
                lower = {name.lower() for name in answer.headers}
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if answer.chunks is not None:
                    self.send_header("connection", "close")
                    self.close_connection = True
                elif "content-length" not in lower:
                    self.send_header("content-length", str(len(answer.body)))
                else:
                    self.close_connection = True
                self.end_headers()
                for chunk in answer.chunks if answer.chunks is not None else [answer.body]:
                    self.wfile.write(chunk)

            do_GET = do_POST = do_PUT = _serve

            def log_message(self, *args: object) -> None:
                pass

        return Handler


@contextlib.contextmanager
def lying(upstream: str, lie: Lie) -> Iterator[LyingProxy]:
    proxy = LyingProxy(upstream, lie)
    try:
        yield proxy
    finally:
        proxy.close()


def honest(number: int, path: str, answer: Answer) -> Answer:
    return answer
