"""What devices state at the beginning of each exchange (`shared.ledger.published.statements`): `POST /_hub/statement`, and
what of it is kept.

    statements  the newest of each device, whole, with the hub's time of its arrival
    stated      the smallest number for which a device had stated a place of the directory: what it writes above it is judged at
                least by that place

Kept in the registry, which backups hold: unlike what records cite, nothing else could bring it back. A place that is no head of
the directory here says nothing; the device states it again at its next sync.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from county_hub.hub.devices.authoriser import HubAuthoriser
from county_hub.hub.devices.rates import STATEMENTS, Rates, wait_answer
from county_hub.hub.kept.registry import Registry
from county_hub.hub.published.directory_office import DirectoryOffice
from shared.ledger.errors import Refused
from shared.ledger.formats.citation import Cited
from shared.ledger.published.statements import MAX_BYTES, Statement, check_statement, parse_statement
from sync.errors import SyncError

log = logging.getLogger("county_hub.statements")
# Base64 and names in JSON are longer than the canonical content.
MAX_BODY_BYTES = 2 * MAX_BYTES
RETRY_S = "30"


@dataclass(frozen=True, slots=True)
class Kept:
    """`at`: ms since 1970 by the hub, when it came."""

    said: Statement
    at: int


MOST_ROUNDS = 100           # that a device looks back on


def rounds_in(report: Mapping[str, object]) -> tuple[int, int]:
    """(newest rounds of a device, those of them that were cut), whatever it says."""
    rounds, cut = (value if isinstance(value, int) and not isinstance(value, bool) else 0
                   for value in (report.get("rounds"), report.get("rounds_cut")))
    bounded = min(max(rounds, 0), MOST_ROUNDS)
    return bounded, min(max(cut, 0), bounded)


class StatementRefused(Exception):
    def __init__(self, status: int, error: str, reason: str) -> None:
        super().__init__(reason)
        self.status, self.error, self.reason = status, error, reason


class Statements:
    """Thread-safe; several processes may use one registry."""

    def __init__(self, registry: Registry, directory: DirectoryOffice, clock: Callable[[], int]) -> None:
        self._registry, self._directory, self._clock = registry, directory, clock

    def take(self, doc: object, principal: str, at: int | None = None) -> Statement:
        """Check and keep a statement that `principal` brought; `at`: when it came to the hub that tells of it. Raises
        `StatementRefused`, SyncError."""
        history = self._directory.history()
        try:
            if not isinstance(doc, dict):
                raise Refused("body", doc, "send one statement as a JSON object")
            device = history.latest.device(str(doc.get("device")))
            if device is None or device.id != principal:
                raise StatementRefused(403, "forbidden", "a device states what is its own; nothing was kept")
            said = check_statement(doc, device.public_key)
        except Refused as refusal:
            raise StatementRefused(400, refusal.code, str(refusal)) from None
        if device.status == "lost":
            raise StatementRefused(403, "forbidden", f"{device.id} was reported lost; nothing was kept")
        self._keep(doc, said, self._clock() if at is None else at, known=history.rank(said.directory) is not None)
        return said

    def _keep(self, doc: dict[str, object], said: Statement, at: int, *, known: bool) -> None:
        with self._registry.transaction() as db:
            db.execute(
                "INSERT INTO statements VALUES (?, ?, ?, ?) ON CONFLICT (device) DO UPDATE SET n = excluded.n,"
                " doc = excluded.doc, at = excluded.at WHERE excluded.n >= n",
                (said.device, said.n, json.dumps(doc, ensure_ascii=False), at),
            )
            if known:
                db.execute(
                    "INSERT INTO stated VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET seq = min(seq, excluded.seq)",
                    (said.device, *said.directory, said.seq),
                )

    def stated(self, device: str) -> Sequence[tuple[int, Cited]]:
        """(number, place): what the device writes above this number is judged at least by this place."""
        with self._registry.reading() as db:
            rows = db.execute("SELECT seq, epoch, version, hash FROM stated WHERE device = ?", (device,)).fetchall()
        return [(seq, (epoch, version, hash)) for seq, epoch, version, hash in rows]

    def heard_below(self, principal: str) -> dict[str, int | None]:
        """office -> when a device of it stated something last (ms; None: never yet), of the offices right below the device's own
        that have a device in use: a township learns which of its villages have not been in touch."""
        directory = self._directory.history().latest
        device = directory.device(principal)
        below = {office.id for office in directory.offices() if device is not None and office.parent == device.office}
        if not below:
            return {}
        with self._registry.reading() as db:
            at = dict(db.execute("SELECT device, at FROM statements").fetchall())
        found: dict[str, int | None] = {}
        for other in directory.devices():
            if other.office in below and other.status == "active":
                known = [ms for ms in (found.get(other.office), at.get(other.id)) if ms is not None]
                found[other.office] = max(known, default=None)
        return found

    def newest(self) -> dict[str, Kept]:
        """The newest statement of each device."""
        with self._registry.reading() as db:
            rows = db.execute("SELECT device, doc, at FROM statements ORDER BY device").fetchall()
        return {device: Kept(parse_statement(json.loads(doc)), at) for device, doc, at in rows}


def routes(statements: Statements, authoriser: HubAuthoriser, rates: Rates) -> list[BaseRoute]:
    """`POST /_hub/statement`. Errors are `{"error", "reason"}` as CouchDB writes them."""

    def take(body: bytes, headers: dict[str, str], address: str) -> JSONResponse:
        principal = authoriser.authenticate(headers)
        wait_s = rates.wait_s("statement", principal.name, STATEMENTS) if principal else rates.stranger(address)
        if wait_s:
            return wait_answer(wait_s)
        if principal is None:
            raise StatementRefused(401, "unauthorized", "name and password of an enrolled device are needed")
        try:
            doc = msgspec.json.decode(body)
        except (ValueError, RecursionError):
            raise StatementRefused(400, "bad_request", "the body must be JSON") from None
        taken, below = statements.take(doc, principal.name), statements.heard_below(principal.name)
        return JSONResponse({"ok": True, "n": taken.n, **({"contacts": below} if below else {})})

    async def post(request: Request) -> JSONResponse:
        try:
            body = b""
            async for part in request.stream():
                body += part
                if len(body) > MAX_BODY_BYTES:
                    raise StatementRefused(413, "too_large", f"a statement must stay below {MAX_BODY_BYTES} bytes")
            return await run_in_threadpool(take, body, dict(request.headers), request.client.host if request.client else "")
        except StatementRefused as refused:
            log.info("statement refused: %s", refused.error)
            return JSONResponse({"error": refused.error, "reason": refused.reason}, status_code=refused.status)
        except SyncError as fault:
            log.warning("a statement waits: %s", fault)
            body_of = {"error": fault.error, "reason": "the hub cannot write at the moment; try again"}
            return JSONResponse(body_of, status_code=503, headers={"retry-after": RETRY_S})

    return [Route("/_hub/statement", post, methods=["POST"])]
