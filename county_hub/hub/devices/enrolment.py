"""A code becomes a device: the use case behind `POST /_hub/enrol`, and the route itself.

The device proves that the key is its own by signing the code, and no other device has that key. Order, so that an answer lost
on the line can be asked for again with the same code and key: bind code to key and slot (registry) -> publish the device in
the directory (a second time changes nothing) -> give a fresh token. It must not know
how codes are stored or how the directory is signed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import anyio
import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from county_hub.hub.ingress import DIRECTORY, DROP
from county_hub.hub.kept.registry import CodeVerdict, Registry
from county_hub.hub.problems import HubProblem
from shared.ledger.errors import Refused
from shared.ledger.formats.enrolment_code import HubKeys
from shared.ledger.formats.keys import check_public_key
from shared.ledger.formats.possession import require_proof
from sync.errors import SyncError

log = logging.getLogger("county_hub.enrolment")

# The whole request is four short texts.
MAX_BODY_BYTES = 4096
# Open to anybody, and each waits for the registry's writer: so many may hold a thread for it, the others wait without one.
AT_ONCE = 8
# A writer that holds the registry for longer than its patience is soon gone, or a full disk stays for a while.
RETRY_S = "30"
_STATUS = {
    CodeVerdict.UNKNOWN: 403,
    CodeVerdict.EXPIRED: 410,
    CodeVerdict.USED: 409,
    CodeVerdict.KEY_TAKEN: 409,
    CodeVerdict.EXHAUSTED: 403,
    CodeVerdict.TOO_MANY: 429,
}
_REASON = {
    CodeVerdict.UNKNOWN: "no such code; check it against the paper, or ask the county for a new one",
    CodeVerdict.EXPIRED: "the code has expired; ask the county for a new one",
    CodeVerdict.USED: "another device has used this code; ask the county for a new one",
    CodeVerdict.KEY_TAKEN: "another device has this key; a device makes its own, so delete enrolling.json and try again",
    CodeVerdict.EXHAUSTED: "the code was mistyped too often and is void; ask the county for a new one",
    CodeVerdict.TOO_MANY: "too many wrong codes from this address; wait ten minutes",
}


class EnrolRefused(Exception):
    def __init__(self, status: int, error: str, reason: str) -> None:
        super().__init__(reason)
        self.status, self.error, self.reason = status, error, reason


@dataclass(frozen=True, slots=True)
class HubIdentity:
    hub_id: str
    epoch: str
    public_key: str


def identity_answer(keys: HubKeys, epoch: str, sig: str) -> dict[str, Any]:
    """What `GET /_hub/identity` says; `sig` as in `shared.ledger.formats.possession`."""
    hub = {"id": keys.hub_id, "epoch": epoch, "alg": keys.alg, "public_key": keys.public_key, "recovery_key": keys.recovery_key}
    return {"hub": hub, "sig": sig}


class DevicePublisher(Protocol):
    def add_device(
        self, device: str, *, office: str, slot: str, public_key: str, role: str, continues: Mapping[str, Any] | None = None
    ) -> Any: ...

    def end_of(self, device: str | None) -> Mapping[str, Any] | None: ...

    def holder_of(self, public_key: str) -> str | None: ...


def enrol(
    registry: Registry,
    directory: DevicePublisher,
    identity: HubIdentity,
    *,
    code: str,
    public_key: str,
    proof: str,
    app: str,
    source: str,
    now: Callable[[], int],
) -> dict[str, Any]:
    """The answer of ARCHITECTURE.md. Raises `EnrolRefused`."""
    try:
        check_public_key("public_key", public_key)
        require_proof(public_key, code, proof)
    except Refused as refusal:
        word = refusal.code if refusal.code in ("weak_key", "not_its_key") else "bad_request"
        raise EnrolRefused(400, word, str(refusal)) from None
    holder = directory.holder_of(public_key)
    claim = registry.claim_code(code, public_key, source=source, holder=holder)
    if claim.verdict is not CodeVerdict.OK:
        raise EnrolRefused(_STATUS[claim.verdict], claim.verdict.value, _REASON[claim.verdict])
    try:
        directory.add_device(claim.device, office=claim.office, slot=claim.slot, public_key=public_key, role=claim.role,
                             continues=directory.end_of(registry.continued(code)))
    except HubProblem:
        reason = "the hub publishes nothing at present; its operator must run county-hub doctor. The code stays good"
        raise EnrolRefused(503, "cannot_publish", reason) from None
    token = registry.new_token(claim.device)
    registry.add_contacts({claim.device: (claim.office, now(), 1, app[:80])})
    log.info("enrolled %s as %s", claim.device, claim.role)
    return {
        "device": claim.device,
        "slot": claim.slot,
        "office": claim.office,
        "role": claim.role,
        "username": claim.device,
        "password": token,
        "hub": {"id": identity.hub_id, "epoch": identity.epoch, "public_key": identity.public_key},
        "databases": databases_of(claim.office),
        "server_time": now(),
    }


def databases_of(office: str) -> dict[str, str]:
    """What a device of `office` opens, by use."""
    base = f"office-{office}"
    return {
        "office": base, "files": f"{base}-files", "closed": f"{base}-closed", "directory": DIRECTORY, "drop": DROP,
    }


def routes(
    registry: Registry,
    directory: DevicePublisher,
    identity: Callable[[], HubIdentity],
    prove: Callable[[str], dict[str, Any]],
    now: Callable[[], int],
) -> list[BaseRoute]:
    """`POST /_hub/enrol`, `GET /_hub/identity` and `GET /_hub/time`. Errors are `{"error", "reason"}` as CouchDB writes them."""

    at_once = anyio.CapacityLimiter(AT_ONCE)

    async def post_enrol(request: Request) -> JSONResponse:
        try:
            fields = _read(await _bounded_body(request))
            source = request.client.host if request.client else ""
            answer = await anyio.to_thread.run_sync(
                lambda: enrol(registry, directory, identity(), source=source, now=now, **fields), limiter=at_once)
        except SyncError as fault:
            log.warning("enrolment waits: %s", fault)
            reason = "the hub cannot write at the moment; the code stays good, try again"
            body = {"error": fault.error, "reason": reason}
            return JSONResponse(body, status_code=fault.status if fault.status > 500 else 503, headers={"retry-after": RETRY_S})
        except EnrolRefused as refused:
            log.warning("enrolment refused: %s", refused.error)
            return JSONResponse({"error": refused.error, "reason": refused.reason}, status_code=refused.status)
        return JSONResponse(answer, status_code=201, headers={"cache-control": "no-store"})

    async def get_time(request: Request) -> JSONResponse:
        known = identity()
        body = {"server_time": now(), "hub": {"id": known.hub_id, "epoch": known.epoch}}
        return JSONResponse(body, headers={"cache-control": "no-store"})

    async def get_identity(request: Request) -> JSONResponse:
        try:
            answer = await run_in_threadpool(prove, request.query_params.get("challenge", ""))
        except Refused as refusal:
            return JSONResponse({"error": "bad_request", "reason": str(refusal)}, status_code=400)
        return JSONResponse(answer, headers={"cache-control": "no-store"})

    return [
        Route("/_hub/enrol", post_enrol, methods=["POST"]),
        Route("/_hub/identity", get_identity, methods=["GET"]),
        Route("/_hub/time", get_time, methods=["GET"]),
    ]


async def _bounded_body(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY_BYTES:
            raise EnrolRefused(413, "too_large", f"the request must stay below {MAX_BODY_BYTES} bytes")
    return body


def _read(body: bytes) -> dict[str, str]:
    try:
        value = msgspec.json.decode(body)
    except (ValueError, RecursionError):     # no JSON, no UTF-8, nesting without end
        raise EnrolRefused(400, "bad_request", "the body must be JSON") from None
    if not isinstance(value, dict):
        raise EnrolRefused(400, "bad_request", "the body must be a JSON object")
    fields = {}
    for name, needed in (("code", True), ("public_key", True), ("proof", True), ("app", False)):
        text = value.get(name, None if needed else "")
        if not isinstance(text, str) or (needed and not text):
            raise EnrolRefused(400, "bad_request", f"{name}: give a text")
        fields[name] = text
    return fields
