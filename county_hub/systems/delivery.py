"""Delivering what waits in the outbox: HTTPS to a checked address, a few receivers at once, each within its bounds.

`Delivery.pass_once` follows the county's feed and starts what is due; `run` does so until it is told to stop. A receiver that
is slow or silent keeps only its own notices waiting. No redirect is followed, no proxy asked, and of an answer nothing but its
status is used.
"""

from __future__ import annotations

import http.client
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from itertools import groupby
from pathlib import Path

from county_hub.systems import signing, targets
from county_hub.systems.hooks import Hook, Hooks, Waiting
from county_hub.systems.targets import BadTarget, Network
from shared.version import VERSION
from sync.errors import StorageError

log = logging.getLogger("county_hub.webhooks")
AT_ONCE = 4                 # receivers
STEP_S, WHOLE_S = 10.0, 20.0        # for each step of a delivery, and for all of it
MOST_ANSWER = 64 * 1024
LOOK_S = 5.0                # how often is looked for what is due, whatever else happens
HOLD_MS = 5_000             # after a vain try the others of the same receiver wait so long
GONE = 410                  # RFC 9110, 15.5.11; Standard Webhooks: the receiver wants nothing any more


class _Line(http.client.HTTPSConnection):
    """A connection to the address that was looked at, speaking TLS with the name that was meant."""

    def __init__(self, target: targets.Target, address: str, context: ssl.SSLContext) -> None:
        super().__init__(target.host, target.port, timeout=STEP_S, context=context)
        self._address, self._tls = address, context

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), STEP_S)
        try:
            self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise


class Delivery:
    """`follow()` makes new events of the county into notices. `allowed`: private networks that may be told. `authority`: a file
    of certificates that count besides the system's own, for a network with an authority of its own."""

    def __init__(self, hooks: Hooks, clock: Callable[[], int], follow: Callable[[], object] = lambda: None,
                 allowed: Sequence[Network] = (), authority: Path | None = None,
                 resolve: targets.Resolve = targets.resolved) -> None:
        self._hooks, self._clock, self._follow, self._allowed, self._resolve = hooks, clock, follow, allowed, resolve
        self._context = ssl.create_default_context()
        if authority is not None:
            self._context.load_verify_locations(authority)
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhook")
        self._guard, self._busy, self._held = threading.Lock(), dict[str, Future[None]](), dict[str, int]()
        self.wake = threading.Event()

    def run(self, stop: threading.Event) -> None:
        """Until `stop`; what fails is logged and tried again."""
        while not stop.is_set():
            self.wake.clear()
            try:
                started = self.pass_once()
            except StorageError as fault:
                started = []
                log.warning("notices wait: %s", fault)
            except Exception:
                started = []
                log.exception("notices wait")
            if not started:
                self.wake.wait(LOOK_S)
            else:
                wait(started, timeout=LOOK_S)
        self._pool.shutdown(wait=True, cancel_futures=True)

    def pass_once(self) -> list[Future[None]]:
        """Follow the feed, start what is due; the deliveries that were started."""
        self._follow()
        hooks = {hook.id: hook for hook in self._hooks.all()}
        if not hooks:
            return []
        now, started = self._clock(), list[Future[None]]()
        with self._guard:
            self._busy = {id: work for id, work in self._busy.items() if not work.done()}
            blocked = {*self._busy, *(id for id, until in self._held.items() if until > now)}
        rows = sorted(self._hooks.due(blocked), key=lambda row: (row.hook, row.next_at, row.n))
        for id, of_one in groupby(rows, key=lambda row: row.hook):
            work = self._pool.submit(self._deliver, hooks[id], list(of_one)) if id in hooks else None
            if work is not None:
                started.append(work)
                with self._guard:
                    self._busy[id] = work
        return started

    def _deliver(self, hook: Hook, rows: Iterable[Waiting]) -> None:
        """In their order; after a vain try the rest waits a little."""
        try:
            for row in rows:
                status, reason = self.send(hook, row)
                if 200 <= status < 300:
                    self._hooks.taken(row)
                    continue
                self._hooks.failed(row, reason, for_good=status == GONE)
                with self._guard:
                    self._held[hook.id] = self._clock() + HOLD_MS
                return
        except StorageError as fault:
            log.warning("the outbox cannot be written: %s", fault)
        finally:
            self.wake.set()

    def send(self, hook: Hook, row: Waiting) -> tuple[int, str]:
        """(status, why it was not taken); status 0 where there was no answer. Never raises for what a receiver does."""
        body = row.body.encode()
        sent = {"content-type": "application/json", "user-agent": f"shuoshi/{VERSION}",
                **signing.headers(hook.secret, row.message, self._clock() // 1000, body)}
        try:
            target = targets.target_of(hook.url)
            line = _Line(target, targets.address_for(target, self._allowed, self._resolve), self._context)
        except (BadTarget, OSError, ValueError) as fault:
            return 0, _said(fault)
        timer = threading.Timer(WHOLE_S, _cut, [line])
        timer.daemon = True
        timer.start()
        try:
            line.request("POST", target.path, body, {"host": target.named, **sent})
            answer = line.getresponse()
            answer.read(MOST_ANSWER)
        except (OSError, http.client.HTTPException, ValueError) as fault:
            return 0, _said(fault)
        finally:
            timer.cancel()
            line.close()
        if 300 <= answer.status < 400:
            return answer.status, f"answered {answer.status}; redirects are not followed"
        return answer.status, f"answered {answer.status}"


def _cut(line: _Line) -> None:
    """A receiver that drips its answer ends here."""
    sock = line.sock
    if sock is not None:
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return


def _said(fault: Exception) -> str:
    return " ".join(f"{type(fault).__name__}: {fault}".split())[:300] if not isinstance(fault, BadTarget) else str(fault)
