"""A poor mobile line in user space: a TCP proxy with a rate, round trips, stalls and cuts.

    client -> PoorLine -> server

All connections share one channel up and one channel down, as on one device. A segment leaves when the channel is free, takes
size/rate, and arrives half a round trip later; nothing of a new connection leaves before one round trip (the handshake). At
most what fits the line (and a little) is in flight, so a sender feels the line. Cuts come at random bytes, from a seed, and
end every connection; what was not delivered by then is lost and not counted. Settings may be changed while connections live.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import threading
from urllib.parse import urlsplit, urlunsplit

SEGMENT = 1400              # bytes: what fits one packet
SLACK_BYTES = 8 * 1024      # in flight beyond rate * round trip: the buffer of a modem


class PoorLine:
    """Forwards from a free port of loopback (`port`) to `target` (host, port).

    rate              bytes per second in each direction; None: no limit
    round_trip_s      per connection and per exchange
    cut_every         bytes of both directions between two cuts, on average; None: never
    stall_every_s     seconds between two stalls on average, each `stall_s` long; None: never
    """

    def __init__(self, target: tuple[str, int], *, seed: int = 0) -> None:
        self.rate: float | None = None
        self.round_trip_s = 0.0
        self.stall_every_s: float | None = None
        self.stall_s = 3.0
        self.bytes_up = self.bytes_down = self.connections = self.cuts = 0
        self._target = target
        self._random = random.Random(seed)
        self._cut_every: float | None = None
        self._until_cut = 0
        self._up, self._down = _Channel(self), _Channel(self)
        self._next_stall = 0.0
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)    # what is slow here is slow on purpose
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run, name="poor-line", daemon=True)
        self._thread.start()

    @property
    def cut_every(self) -> float | None:
        return self._cut_every

    @cut_every.setter
    def cut_every(self, size: float | None) -> None:
        self._cut_every = size
        self._next_cut()

    def url(self, url: str) -> str:
        """The same address, over this line."""
        parts = urlsplit(url)
        user = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
        return urlunsplit(parts._replace(netloc=f"{user}127.0.0.1:{self.port}"))

    def reset_counters(self) -> None:
        self.bytes_up = self.bytes_down = self.connections = self.cuts = 0

    def close(self) -> None:
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def __enter__(self) -> PoorLine:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # --- on the loop of its own thread ----------------------------------------------------------------------------

    def _run(self) -> None:
        self._stop = asyncio.Event()
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._connection, sock=self._listener)
        await self._stop.wait()
        server.close()
        self._end_connections()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.close()
            return
        ready = self._loop.time() + self.round_trip_s
        up = asyncio.create_task(self._pump(reader, far_writer, self._up, ready))
        down = asyncio.create_task(self._pump(far_reader, writer, self._down, ready))
        for task in (up, down):
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        await asyncio.wait((up, down))
        for each in (writer, far_writer):
            each.close()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, channel: _Channel, ready: float) -> None:
        flying: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        window = _Window(self)
        landing = asyncio.create_task(self._land(flying, sink, channel, window))
        try:
            while data := await source.read(SEGMENT):
                await window.room_for(len(data))
                flying.put_nowait((channel.arrival(len(data), max(self._loop.time(), ready)), data))
            flying.put_nowait((channel.arrival(0, self._loop.time()), b""))
            await landing
        except OSError:
            pass
        finally:
            landing.cancel()
            with contextlib.suppress(OSError, RuntimeError):
                sink.close()

    async def _land(
        self, flying: asyncio.Queue[tuple[float, bytes]], sink: asyncio.StreamWriter, channel: _Channel, window: _Window
    ) -> None:
        while True:
            at, data = await flying.get()
            await asyncio.sleep(max(at - self._loop.time(), 0))     # this is the slowness itself
            if not data:
                return
            cut = self._cut_every is not None and len(data) >= self._until_cut
            data = data[: self._until_cut] if cut else data
            self._until_cut -= len(data)
            if channel is self._up:
                self.bytes_up += len(data)
            else:
                self.bytes_down += len(data)
            if not sink.is_closing():
                sink.write(data)
            window.landed(len(data))
            if cut:
                self.cuts += 1
                self._next_cut()
                self._end_connections()

    def _next_cut(self) -> None:
        if self._cut_every is not None:
            self._until_cut = max(1, int(self._random.uniform(0.5, 1.5) * self._cut_every))

    def _end_connections(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        self._up, self._down = _Channel(self), _Channel(self)

    def stall_until(self, now: float) -> float:
        """The end of a stall that holds now, else now."""
        if self.stall_every_s is None:
            return now
        if now >= self._next_stall + self.stall_s:
            self._next_stall = now + self._random.expovariate(1 / self.stall_every_s)
        return max(now, self._next_stall + self.stall_s) if now >= self._next_stall else now


class _Channel:
    """One direction of the line: busy until `free_at`."""

    def __init__(self, line: PoorLine) -> None:
        self._line = line
        self._free_at = 0.0

    def arrival(self, size: int, now: float) -> float:
        start = max(self._line.stall_until(now), self._free_at)
        self._free_at = start + (size / self._line.rate if self._line.rate else 0.0)
        return self._free_at + self._line.round_trip_s / 2


class _Window:
    """What one connection has in flight in one direction, bounded."""

    def __init__(self, line: PoorLine) -> None:
        self._line = line
        self._flying = 0
        self._moved = asyncio.Event()

    async def room_for(self, size: int) -> None:
        while self._line.rate and self._flying and self._flying + size > self._line.rate * self._line.round_trip_s + SLACK_BYTES:
            self._moved.clear()
            await self._moved.wait()
        self._flying += size

    def landed(self, size: int) -> None:
        self._flying -= size
        self._moved.set()
