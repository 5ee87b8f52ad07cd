"""A bad line: a TCP proxy in user space that cuts, slows, refuses and swallows, as told.

    client -> FaultyLink -> server

Every setting may be changed while connections live. "up" is from the client to the server. Used by tests and by the
demonstration on the command line: `python tests/support/sync/faulty_link.py --to 127.0.0.1:5984 --port 6000 --rate 4000`.
"""

from __future__ import annotations

import argparse
import contextlib
import socket
import struct
import threading
import time
from urllib.parse import urlsplit, urlunsplit


class FaultyLink:
    """Forwards from a free port of loopback (`port`) to `target` (host, port).

    cut_after_up, cut_after_down   bytes in that direction, counted from when it is set, after which the line is cut, once
    stay_down                      after such a cut the line also refuses, until `heal`
    refuse                         connections are closed as soon as they are made
    rate                           bytes per second in each direction, None for no limit
    delay_s                        one way, added to everything that passes
    swallow_reply_to               bytes: the next request that contains them reaches the server, its answer is cut off, once
    """

    def __init__(self, target: tuple[str, int], *, port: int = 0) -> None:
        self.cut_after_up: int | None = None
        self.cut_after_down: int | None = None
        self.refuse = self.stay_down = False
        self.rate: float | None = None
        self.delay_s = 0.0
        self.swallow_reply_to: bytes | None = None
        self.bytes_up = self.bytes_down = self.connections = self.cuts = 0
        self._target = target
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, name="faulty-link", daemon=True).start()

    def url(self, url: str) -> str:
        """The same address, over this line."""
        parts = urlsplit(url)
        user = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
        return urlunsplit(parts._replace(netloc=f"{user}127.0.0.1:{self.port}"))

    def heal(self) -> None:
        """No more faults. Rate and delay stay."""
        self.cut_after_up = self.cut_after_down = self.swallow_reply_to = None
        self.refuse = self.stay_down = False

    def cut(self) -> None:
        """Every living connection, now. What was passed on before still arrives."""
        with self._lock:
            self.cuts += 1
            for each in list(self._open):
                _end(each)
            self._open.clear()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)   # wakes the accepting thread
        self._listener.close()
        self.cut()

    def __enter__(self) -> FaultyLink:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # --- details --------------------------------------------------------------------------------------------------

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            if self.refuse:
                _reset(client)
                continue
            try:
                server = socket.create_connection(self._target, 10)
                server.settimeout(None)
            except OSError:
                _reset(client)
                continue
            pair = _Pair(client, server)
            with self._lock:
                self._open |= {client, server}
            threading.Thread(target=self._pump, args=(pair, True), daemon=True).start()
            threading.Thread(target=self._pump, args=(pair, False), daemon=True).start()

    def _pump(self, pair: _Pair, up: bool) -> None:
        source, sink = (pair.client, pair.server) if up else (pair.server, pair.client)
        try:
            while data := source.recv(self._slice()):
                data, cut = self._pass(pair, data, up)
                self._take_time(len(data))
                if data:
                    sink.sendall(data)
                if cut:
                    self.refuse = self.refuse or self.stay_down
                    self.cut()
                    return
            with contextlib.suppress(OSError):
                sink.shutdown(socket.SHUT_WR)
        except OSError:
            self._drop(pair)

    def _pass(self, pair: _Pair, data: bytes, up: bool) -> tuple[bytes, bool]:
        """What goes on of `data`, and whether the line is then cut."""
        with self._lock:
            if up and self.swallow_reply_to is not None and self.swallow_reply_to in data:
                self.swallow_reply_to, pair.swallow = None, True
            if not up and pair.swallow:
                return b"", True
            limit = self.cut_after_up if up else self.cut_after_down
            cut = limit is not None and len(data) >= limit
            if limit is not None:
                data = data[:limit]
                left = None if cut else limit - len(data)
                if up:
                    self.cut_after_up = left
                else:
                    self.cut_after_down = left
            if up:
                self.bytes_up += len(data)
            else:
                self.bytes_down += len(data)
            return data, cut

    def _slice(self) -> int:
        return 65_536 if self.rate is None else max(64, int(self.rate / 20))

    def _take_time(self, size: int) -> None:
        seconds = self.delay_s + (size / self.rate if self.rate else 0.0)
        if seconds:
            time.sleep(seconds)     # this is the slowness itself, not a wait for luck

    def _drop(self, pair: _Pair) -> None:
        with self._lock:
            for each in (pair.client, pair.server):
                self._open.discard(each)
                _reset(each)


class _Pair:
    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client, self.server, self.swallow = client, server, False


def _end(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)     # wakes the thread that reads from it
    with contextlib.suppress(OSError):
        sock.close()


def _reset(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    _end(sock)


def link_to(url: str) -> FaultyLink:
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    return FaultyLink((parts.hostname, parts.port))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", required=True, help="HOST:PORT of the server")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--rate", type=float, help="bytes per second in each direction")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds, one way")
    parser.add_argument("--cut-every", type=float, help="seconds between cuts")
    options = parser.parse_args()
    host, _, port = options.to.rpartition(":")
    link = FaultyLink((host, int(port)), port=options.port)
    link.rate, link.delay_s = options.rate, options.delay
    print(f"listening on 127.0.0.1:{link.port}", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            time.sleep(options.cut_every or 3600)
            if options.cut_every:
                link.cut()


if __name__ == "__main__":
    main()
