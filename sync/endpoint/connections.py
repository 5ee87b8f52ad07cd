"""The connections of a served endpoint, bounded: how many, how slow a head, a body or a reader may be, how long one idles.

What lives here: a protocol for uvicorn (over its own httptools one) that knows in which phase its connection is, and `Lines`,
which looks at all of them every `look_s`. It must not know databases or routes.

    new ----first byte----> head ---blank line---> body ---last byte---> answer ---all sent---> idle
     |                        ^ |                   |                     |                      |
     closed after head_s      | 408 after head_s,   408 when slower       cut when it is taken   closed after idle_s; its next
                              | 431 beyond          than body_rate        slower than            byte begins a head
                              | head_bytes                                answer_rate            |
                              `------------------------------------------------------------------'

Where a bound on the number is met, the connection that has idled longest at the busiest address goes; with none idle the new
one hears 503 and `Retry-After`. uvicorn by itself bounds none of this: a head may be endless, a byte stops its only clock.
"""

from __future__ import annotations

import array
import asyncio
import contextlib
import ipaddress
import logging
from collections import Counter, OrderedDict
from dataclasses import dataclass
from enum import Enum
from typing import Any

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sync.allowance import Allowance
from sync.endpoint import tuning
from sync.endpoint.guesses import group_of

try:
    import fcntl
    import termios
except ImportError:     # Windows: what the kernel holds is not counted
    fcntl = None  # type: ignore[assignment]

log = logging.getLogger("sync.http")


@dataclass(frozen=True, slots=True)
class LineLimits:
    """Seconds, bytes, and bytes per second; the reasons are in `endpoint.tuning`. Addresses in `unbounded` (where a proxy of
    our own may stand) and `proxies` (addresses and networks) are bounded by `connections` alone."""

    connections: int = tuning.MAX_CONNECTIONS
    per_address: int = tuning.MAX_CONNECTIONS_PER_ADDRESS
    unbounded: frozenset[str] = frozenset({"127.0.0.1", "::1"})
    proxies: tuple[str, ...] = ()
    refusals: int = tuning.MAX_REFUSALS
    head_s: float = tuning.HEAD_TIMEOUT_S
    head_bytes: int = tuning.MAX_HEAD_BYTES
    body_grace_s: float = tuning.BODY_GRACE_S
    body_rate: float = tuning.MIN_BODY_BYTES_PER_S
    answer_grace_s: float = tuning.ANSWER_GRACE_S
    answer_rate: float = tuning.MIN_ANSWER_BYTES_PER_S
    idle_s: float = tuning.KEEP_ALIVE_S
    look_s: float = tuning.LINES_LOOK_S

    def is_unbounded(self, address: str) -> bool:
        if group_of(address) in self.unbounded or not self.proxies:
            return group_of(address) in self.unbounded
        with contextlib.suppress(ValueError):
            return any(ipaddress.ip_address(address) in ipaddress.ip_network(each, strict=False) for each in self.proxies)
        return False


class Phase(Enum):
    NEW = "new"
    HEAD = "head"
    BODY = "body"
    ANSWER = "answer"
    IDLE = "idle"
    REFUSED = "refused"     # one too many: hears 503 as soon as it asks


_WAITING = (Phase.NEW, Phase.IDLE)


class Lines:
    """All connections of one server. Belongs to its event loop."""

    def __init__(self, limits: LineLimits | None = None) -> None:
        self.limits = limits if limits is not None else LineLimits()
        self._open: dict[LineProtocol, str] = {}
        self._of_group: Counter[str] = Counter()
        self._waiting: OrderedDict[LineProtocol, None] = OrderedDict()     # the longest first
        self._refused: set[LineProtocol] = set()
        self._told: Counter[str] = Counter()
        self._tell_at = 0.0
        self._look: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._open)

    @property
    def refused(self) -> int:
        return len(self._refused)

    def in_phase(self, name: str) -> int:
        """How many connections are in the phase of this name."""
        return sum(line.phase.value == name for line in list(self._open))

    def protocol(self) -> type[LineProtocol]:
        """The class for `uvicorn.Config(http=...)`."""
        return type("BoundedLine", (LineProtocol,), {"lines": self})

    # --- coming and going ---

    def admit(self, line: LineProtocol, address: str) -> bool:
        """Count a new connection in; False for one too many."""
        group = group_of(address)
        if not self._room(group, bounded=not self.limits.is_unbounded(address)):
            self._tell("refused, too many connections")
            if len(self._refused) >= self.limits.refusals:
                line.cut()
            self._refused.add(line)
            self._watch(line.loop)
            return False
        self._open[line] = group
        self._of_group[group] += 1
        self._watch(line.loop)
        return True

    def _room(self, group: str, *, bounded: bool) -> bool:
        if bounded and self._of_group[group] >= self.limits.per_address:
            return self._free_one_of({group})
        if len(self._open) < self.limits.connections:
            return True
        busiest = {self._of_group.most_common(1)[0][0]} if self._of_group else set()
        return self._free_one_of(busiest) or self._free_one_of(None)

    def _free_one_of(self, groups: set[str] | None) -> bool:
        """Close the one that has waited longest, of these groups or of all; not one that still takes its answer."""
        waiting = (line for line in self._waiting if groups is None or self._open[line] in groups)
        found = next((line for line in waiting if not line.unsent()), None)
        if found is None:
            return False
        self._tell("idle, closed for a new connection")
        self.leave(found)
        found.end()
        return True

    def leave(self, line: LineProtocol) -> None:
        self._refused.discard(line)
        self._waiting.pop(line, None)
        group = self._open.pop(line, None)
        if group is not None:
            self._of_group[group] -= 1
            if not self._of_group[group]:
                del self._of_group[group]

    def turned(self, line: LineProtocol) -> None:
        """The phase of this connection is another one now."""
        self._waiting.pop(line, None)
        if line.phase in _WAITING and line in self._open:
            self._waiting[line] = None

    # --- looking ---

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._look is None:
            self._look = loop.call_later(self.limits.look_s, self._look_at_all, loop)

    def _look_at_all(self, loop: asyncio.AbstractEventLoop) -> None:
        self._look, now = None, loop.time()
        for line in [*self._open, *self._refused]:
            fault = line.judge(now)
            if fault:
                self._tell(fault)
        if self._told and now >= self._tell_at:
            self._tell_at = now + tuning.LINES_LOG_S
            log.warning("connections ended: %s", "; ".join(f"{count} {what}" for what, count in sorted(self._told.items())))
            self._told.clear()
        if self._open or self._refused or self._told:
            self._watch(loop)

    def _tell(self, what: str) -> None:
        """Counted, and logged once a while: a flood of connections must not become a flood of lines."""
        self._told[what] += 1


class LineProtocol(HttpToolsProtocol):
    """One connection."""

    lines: Lines

    phase = Phase.NEW
    _since = 0.0
    _head_bytes = _heads = 0
    _body: Allowance
    _answer: Allowance
    _taken = 0

    # --- the connection ---

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        counted = _Counted(transport)
        super().connection_made(counted)  # type: ignore[arg-type]
        self._counted = counted
        limits, now = self.lines.limits, self.loop.time()
        self._since = now
        self._body = Allowance(limits.body_grace_s, limits.body_rate, now)
        self._answer = Allowance(limits.answer_grace_s, limits.answer_rate, now)
        if self.lines.admit(self, self.client[0] if self.client else ""):
            self.lines.turned(self)
        else:
            self.phase = Phase.REFUSED

    def connection_lost(self, exc: Exception | None) -> None:
        self.lines.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.phase is Phase.REFUSED:
            self._say(503, "service_unavailable", "too many connections; try again", retry_after=tuning.RETRY_AFTER_S)
            return
        if self.phase in _WAITING:
            self._turn(Phase.HEAD)
        whole, heads = self.phase is Phase.HEAD, self._heads
        super().data_received(data)
        if whole and self.phase is Phase.HEAD and heads == self._heads:     # all of it belongs to the head
            self._head_bytes += len(data)
        if self.phase is Phase.HEAD and self._head_bytes > self.lines.limits.head_bytes:
            self._say(431, "bad_request", f"request line and headers are longer than {self.lines.limits.head_bytes} bytes")

    # --- the parser ---

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self.phase is not Phase.HEAD:    # pipelined: it begins amid what came
            self._turn(Phase.HEAD)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.phase is Phase.BODY:     # trailers: read, counted and forgotten
            self._head_bytes += len(name) + len(value)
            if self._head_bytes > self.lines.limits.head_bytes:
                self.cut()
            return
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._turn(Phase.BODY)
        self._heads += 1
        self._body.waited_for_us(self._since)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._body.moved(len(body), self.loop.time())
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._turn(Phase.IDLE if self.cycle.response_complete else Phase.ANSWER)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.phase is Phase.ANSWER and self.cycle.response_complete:
            self._turn(Phase.IDLE)

    def _turn(self, phase: Phase) -> None:
        self.phase, self._since, self._head_bytes = phase, self.loop.time(), 0
        self.lines.turned(self)

    # --- the judgement ---

    def judge(self, now: float) -> str:
        """End this connection when it is too slow. The fault, or ""."""
        limits, waited = self.lines.limits, now - self._since
        if self._reads_too_slowly(now):
            self.cut()
            return "took the answer too slowly"
        if self.transport.is_closing():
            return ""       # its last bytes are on their way
        if self.phase in (Phase.NEW, Phase.REFUSED) and waited > limits.head_s:
            self.end()
            return "sent nothing"
        if self.phase is Phase.HEAD and waited > limits.head_s:
            self._say(408, "timeout", "the request's head did not arrive in time")
            return "sent the head too slowly"
        if self.phase is Phase.IDLE and waited > limits.idle_s and not self._counted.unsent():
            self.end()      # nobody's fault
        if self.phase is Phase.BODY and self._sends_too_slowly(now):
            self._say(408, "timeout", "the request body did not arrive in time")
            return "sent the body too slowly"
        return ""

    def _sends_too_slowly(self, now: float) -> bool:
        if self.flow.read_paused:
            self._body.waited_for_us(now)
        return self._body.spent(now)

    def _reads_too_slowly(self, now: float) -> bool:
        unsent = self._counted.unsent()
        if not unsent:
            self._answer.waited_for_us(now)
        taken = self._counted.written - unsent
        self._answer.moved(max(taken - self._taken, 0), now)
        self._taken = taken
        return self._answer.spent(now)

    def unsent(self) -> int:
        """Bytes of answers that the other side has not got yet."""
        return self._counted.unsent()

    # --- ends ---

    def _say(self, status: int, error: str, reason: str, *, retry_after: int | None = None) -> None:
        """A last answer, if none has begun, and the end."""
        cycle = self.cycle
        if self.transport.is_closing():
            return
        if cycle is not None and cycle.response_started and not cycle.response_complete:
            self.cut()      # it would come amid another answer
            return
        body = msgspec.json.encode({"error": error, "reason": reason})
        head = [f"HTTP/1.1 {status} {_WORDS[status]}", "content-type: application/json", f"content-length: {len(body)}"]
        head += [] if retry_after is None else [f"retry-after: {retry_after}"]
        self.transport.write("\r\n".join([*head, "connection: close", "", ""]).encode() + body)
        self.end()

    def end(self) -> None:
        """What is written is still sent."""
        self.transport.close()

    def cut(self) -> None:
        self.transport.abort()


_WORDS = {408: "Request Timeout", 431: "Request Header Fields Too Large", 503: "Service Unavailable"}


class _Counted:
    """uvicorn's transport, and how many of the bytes written have not reached the other side."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._socket = transport.get_extra_info("socket")
        self.written = 0

    def write(self, data: bytes) -> None:
        self.written += len(data)
        self._transport.write(data)

    def unsent(self) -> int:
        """Held here, or by the kernel without the other side's acknowledgement. With TLS it counts a little more."""
        held = self._transport.get_write_buffer_size()
        with contextlib.suppress(OSError, ValueError, AttributeError):
            queue = array.array("i", [0])
            fcntl.ioctl(self._socket.fileno(), termios.TIOCOUTQ, queue)
            held += queue[0]
        return held

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
