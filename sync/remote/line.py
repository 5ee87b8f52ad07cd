"""The line to one remote peer: connections, true byte counts, silence and cancelling.

What lives here: an HTTP transport whose sockets count what passes (below TLS it is a little more) and whose reads
wake up often enough to see a cancel flag. It knows nothing of CouchDB.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpcore2
import httpx2

from sync import tuning as common_tuning
from sync.errors import Cancelled
from sync.peer import CancelFlag
from sync.remote import tuning


@dataclass(slots=True)
class Traffic:
    """What went over the line: requests, and bytes of bodies and headers as transferred."""

    requests: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0


class Line:
    """Shared by all connections to one peer: the counters, and who may interrupt whom."""

    def __init__(self) -> None:
        self.traffic = Traffic()
        self.cancel: CancelFlag | None = None
        self._lock = threading.Lock()
        self._of_thread = threading.local()

    def count(self, *, requests: int = 0, sent: int = 0, received: int = 0) -> None:
        with self._lock:
            self.traffic.requests += requests
            self.traffic.bytes_sent += sent
            self.traffic.bytes_received += received

    def check_cancel(self) -> None:
        """Raises Cancelled if the peer's flag or the flag of this thread's request is set."""
        mine: CancelFlag | None = getattr(self._of_thread, "cancel", None)
        if (self.cancel is not None and self.cancel.is_set()) or (mine is not None and mine.is_set()):
            raise Cancelled("cancelled by the caller")

    @contextmanager
    def awaiting_head(self, patience_s: float) -> Iterator[None]:
        """Until the block ends this thread reads the head of one answer: so many bytes at the most, and from the first of them
        so many seconds. Silence is bounded elsewhere; this is for a server that never stops saying that it will answer."""
        mine = self._of_thread
        mine.head_bytes, mine.head_until, mine.head_patience_s = tuning.MAX_ANSWER_HEAD_BYTES, None, patience_s
        try:
            yield
        finally:
            self._of_thread.head_bytes = None

    def check_head(self, received: int) -> None:
        """Raises httpcore2.RemoteProtocolError when the head that this thread waits for has no end."""
        mine, now = self._of_thread, time.monotonic()
        left = getattr(mine, "head_bytes", None)
        if left is None:
            return
        mine.head_bytes = left - received
        mine.head_until = now + mine.head_patience_s if mine.head_until is None else mine.head_until
        if received > left or now > mine.head_until:
            raise httpcore2.RemoteProtocolError("the head of the answer has no end")

    @contextmanager
    def cancelled_by(self, flag: CancelFlag | None) -> Iterator[None]:
        before = getattr(self._of_thread, "cancel", None)
        self._of_thread.cancel = flag
        try:
            yield
        finally:
            self._of_thread.cancel = before


class LineTransport(httpx2.BaseTransport):
    """httpx2's transport over a pool whose sockets report to a `Line`. Errors of httpcore2 pass unchanged."""

    def __init__(self, line: Line, ssl_context: ssl.SSLContext | None) -> None:
        self._pool = httpcore2.ConnectionPool(
            ssl_context=ssl_context,
            max_connections=tuning.MAX_CONNECTIONS,
            max_keepalive_connections=tuning.WARM_CONNECTIONS,
            keepalive_expiry=tuning.KEEPALIVE_S,
            network_backend=_CountingBackend(line),
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        url = request.url
        answer = self._pool.handle_request(
            httpcore2.Request(
                method=request.method,
                url=httpcore2.URL(
                    scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx2.Response(
            answer.status, headers=answer.headers, stream=_Body(answer.stream), extensions=answer.extensions
        )

    def close(self) -> None:
        self._pool.close()


class _Body(httpx2.SyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        if hasattr(self._stream, "close"):
            self._stream.close()


class _CountingBackend(httpcore2.NetworkBackend):
    def __init__(self, line: Line) -> None:
        self._line = line
        self._real = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        self._line.check_cancel()
        return _CountingStream(
            self._line, self._real.connect_tcp(host, port, timeout, local_address, socket_options)
        )

    def sleep(self, seconds: float) -> None:
        self._real.sleep(seconds)


class _CountingStream(httpcore2.NetworkStream):
    def __init__(self, line: Line, stream: httpcore2.NetworkStream) -> None:
        self._line = line
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            self._line.check_cancel()
            left = common_tuning.CANCEL_LOOK_S if deadline is None else deadline - time.monotonic()
            if left <= 0:
                raise httpcore2.ReadTimeout(f"silent for {timeout:.0f} s")
            try:
                data = self._stream.read(max_bytes, min(left, common_tuning.CANCEL_LOOK_S))
            except httpcore2.ReadTimeout:
                continue
            self._line.count(received=len(data))
            self._line.check_head(len(data))
            return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for begin in range(0, len(buffer), 65_536):
            self._line.check_cancel()
            part = buffer[begin : begin + 65_536]
            self._stream.write(part, timeout)
            self._line.count(sent=len(part))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _CountingStream(self._line, self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
