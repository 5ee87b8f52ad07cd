"""One HTTP request to a CouchDB-like server, and its answer as JSON or as an error of `errors.py`.

What lives here: compression, timeouts, and the judgement of answers. An answer that is not the protocol (a captive
portal, a proxy's page, a truncated body) becomes `BadAnswer` or `Unreachable`, never a value. It knows no `Peer`.
"""

from __future__ import annotations

import gzip
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpcore2
import httpx2
import msgspec

from sync import errors
from sync.allowance import Allowance
from sync.remote import tuning
from sync.remote.address import Address
from sync.remote.json_rows import check_values, excerpt
from sync.remote.limits import AnswerLimits
from sync.remote.line import Line, LineTransport
from sync.remote.tls import resuming_context

_NETWORK_ERRORS = (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError)


@dataclass(frozen=True, slots=True)
class Exchanged:
    """An answer: `value` as JSON says it, `status` below 300."""

    value: Any
    status: int
    headers: Mapping[str, str]


class HttpDatabase:
    """Requests below the address of one database (or its server). Thread-safe."""

    def __init__(
        self, address: Address, *, ca: str | None, pins: tuple[str, ...] = (), headers: Mapping[str, str] | None = None,
        connect_timeout_s: float, read_timeout_s: float, limits: AnswerLimits,
    ) -> None:
        self.address = address
        self.line = Line()
        self.read_timeout_s = read_timeout_s
        self.connect_timeout_s = connect_timeout_s
        self.limits = limits
        self.goodput: float | None = None       # bytes per second, of the larger requests
        self.round_trip_s: float | None = None  # of the small ones
        self.makes_answer_first = False         # as the last answer tells
        self.answered_by: set[str] = set()      # what our endpoint says in `x-replica`; shared by all lines of one run
        self._gzip_refused = False
        auth = httpx2.BasicAuth(*address.auth) if address.auth else None
        self._client = httpx2.Client(
            transport=LineTransport(self.line, _ssl_context(address, ca, pins)),
            auth=auth,
            headers={"Accept": "application/json", "User-Agent": "shuoshi-sync", **(headers or {})},
            trust_env=False,
        )

    def close(self) -> None:
        self._client.close()

    # --- requests ------------------------------------------------------------------------------------------------

    def json(
        self,
        method: str,
        path: str = "",
        *,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        server: bool = False,
        over: str | None = "",
    ) -> Any:
        """Send and decode. `path` is relative to the database, or to the server. `over`: the revision that it may replace, None
        for nothing at all, "" for whatever is there."""
        return self.exchange(method, path, params=params, body=body, server=server, over=over).value

    def exchange(
        self,
        method: str,
        path: str = "",
        *,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        server: bool = False,
        over: str | None = "",
    ) -> Exchanged:
        """The same, with the answer's status and headers."""
        data = None if body is None else msgspec.json.encode(body)
        try:
            with self.open(method, path, params=params, data=data, server=server, over=over) as answer:
                return Exchanged(self._decoded(answer), answer.status_code, answer.headers)
        except errors.UnsupportedMedia:
            if data is None or self._gzip_refused:
                raise
            self._gzip_refused = True   # an old server: plain bodies from now on
            return self.exchange(method, path, params=params, body=body, server=server, over=over)

    @contextmanager
    def open(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        data: bytes | None = None,
        server: bool = False,
        silence_s: float | None = None,
        plain: bool = False,
        over: str | None = "",
    ) -> Iterator[httpx2.Response]:
        """A streamed answer with a status below 300, not compressed if `plain`. Raises the peer's error, Unreachable, BadAnswer,
        Cancelled."""
        url = (self.address.server if server else self.address.url) + path
        packed, headers = self._packed(data)
        if over != "":
            headers["If-None-Match" if over is None else "If-Match"] = "*" if over is None else f'"{over}"'
        if plain:
            headers["Accept-Encoding"] = "identity"
        started = time.monotonic()
        with self._network_errors():
            request = self._client.build_request(
                method, url, params=params, content=packed, headers=headers,
                timeout=self._timeout(len(packed or b""), silence_s),
            )
            self.line.count(requests=1)
            with self.line.awaiting_head(self._patience(len(packed or b""), silence_s) + self.connect_timeout_s):
                answer = self._client.send(request, stream=True)
            try:
                self._measure(len(packed or b""), time.monotonic() - started)
                # Express, as pouchdb-server uses it: the whole answer stands in memory before its first byte leaves
                self.makes_answer_first = "express" in answer.headers.get("x-powered-by", "").lower()
                self._check_status(answer)
                if len(self.answered_by) < 2 and (which := answer.headers.get("x-replica")):
                    self.answered_by.add(which)
                yield answer
            finally:
                answer.close()

    @property
    def is_near(self) -> bool:
        return self.round_trip_s is not None and self.round_trip_s < tuning.NEAR_ROUND_TRIP_S

    # --- what is sent --------------------------------------------------------------------------------------------

    def _packed(self, data: bytes | None) -> tuple[bytes | None, dict[str, str]]:
        if data is None:
            return None, {}
        headers = {"Content-Type": "application/json"}
        fast = self.goodput is not None and self.goodput > tuning.PLAIN_BODIES_FROM_BYTES_PER_S
        if len(data) < tuning.GZIP_FROM_BYTES or fast or self._gzip_refused:
            return data, headers
        headers["Content-Encoding"] = "gzip"
        quick = self.goodput is not None and self.goodput > tuning.GZIP_FAST_FROM_BYTES_PER_S
        return gzip.compress(data, tuning.GZIP_FAST_LEVEL if quick else tuning.GZIP_LEVEL, mtime=0), headers

    def _timeout(self, sent: int, silence_s: float | None) -> httpx2.Timeout:
        return httpx2.Timeout(self._patience(sent, silence_s), connect=self.connect_timeout_s)

    def _patience(self, sent: int, silence_s: float | None) -> float:
        return (silence_s or self.read_timeout_s) + sent / tuning.SLOWEST_LINE_BYTES_PER_S

    def _measure(self, sent: int, seconds: float) -> None:
        """Round trip from small requests; goodput from those whose body outweighs it."""
        seconds = max(seconds, 1e-4)
        if sent < 1000:
            self.round_trip_s = seconds if self.round_trip_s is None else min(seconds, self.round_trip_s * 1.5)
        elif sent > 4000:
            rate = sent / seconds
            self.goodput = rate if self.goodput is None else 0.5 * self.goodput + 0.5 * rate

    # --- what comes back -----------------------------------------------------------------------------------------

    def _decoded(self, answer: httpx2.Response) -> Any:
        data = _bounded(answer, self.limits)
        check_values(data, f"{self.address.url} answered")
        try:
            return msgspec.json.decode(data)
        except (ValueError, RecursionError) as error:     # also bytes that are no UTF-8, and nesting without end
            raise errors.BadAnswer(f"{self.address.url} answered what is not JSON: {excerpt(data)}") from error

    def _check_status(self, answer: httpx2.Response) -> None:
        status = answer.status_code
        if 200 <= status < 300:
            return
        if status < 400:
            where = excerpt(answer.headers.get("location", "").encode())
            raise errors.BadAnswer(
                f"{self.address.url} is answered by something else (status {status}, points to {where!r}): "
                "perhaps the line asks for a log-in first"
            )
        data = _bounded(answer, self.limits, cut_at=65_536)
        error, reason = _words(data)
        raise errors.from_status(status, error, reason, _retry_after(answer))

    @contextmanager
    def _network_errors(self) -> Iterator[None]:
        try:
            yield
        except _NETWORK_ERRORS as error:
            text = str(error) or type(error).__name__
            raise errors.Unreachable(f"no answer from {self.address.url}: {text}") from error
        except httpcore2.UnsupportedProtocol as error:
            raise errors.BadRequest(str(error)) from error
        except httpx2.DecodingError as error:
            raise errors.BadAnswer(f"{self.address.url} sent broken compression: {error}") from error


def _bounded(answer: httpx2.Response, limits: AnswerLimits, cut_at: int | None = None) -> bytes:
    parts: list[bytes] = []
    held = 0
    allowance = Allowance(limits.grace_s, limits.rate, time.monotonic())
    for part in answer.iter_bytes():
        parts.append(part)
        held += len(part)
        now = time.monotonic()
        if allowance.spent(now):
            raise errors.Unreachable(f"an answer came at less than {limits.rate} bytes a second")
        allowance.moved(len(part), now)
        if cut_at is not None and held >= cut_at:
            break
        if held > limits.answer_bytes:
            raise errors.BadAnswer(f"an answer is larger than {limits.answer_bytes} bytes")
    return b"".join(parts)


def _words(data: bytes) -> tuple[str | None, str]:
    """CouchDB's `error` and `reason`, or an excerpt of whatever came instead."""
    try:
        body = msgspec.json.decode(data)
    except (ValueError, RecursionError):
        return None, excerpt(data) or "no reason given"
    if not isinstance(body, dict):
        return None, excerpt(data)
    error, reason = body.get("error"), body.get("reason")
    told = excerpt(str(reason or error or "").encode("utf-8", "replace"), 400)
    return (error if isinstance(error, str) else None), told or "no reason given"


def _retry_after(answer: httpx2.Response) -> float | None:
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isdigit() and len(text) < 6 else None


def _ssl_context(address: Address, ca: str | None, pins: tuple[str, ...]) -> ssl.SSLContext | None:
    if not address.url.startswith("https:"):
        return None
    try:
        return resuming_context(address.server, ca, pins)
    except (OSError, ssl.SSLError) as error:
        raise errors.BadRequest(f"the certificate file {ca} cannot be read: {error}") from error
