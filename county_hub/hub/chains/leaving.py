"""What a device that was revoked is still told: `GET /_hub/leave`, the other half of the database `drop`.

    {"status": "active" | "retired" | "lost", "final": {"seq", "hash"} | null, "receipt": its newest receipt | null}

It may read nothing else here. The receipt is signed, as every receipt; so the device learns that what it left in `drop` was
accepted, or by which name it was refused.
"""

from __future__ import annotations

import logging

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from county_hub.hub.devices.authoriser import HubAuthoriser
from county_hub.hub.devices.rates import STATEMENTS, Rates, wait_answer
from county_hub.hub.published.directory_office import DirectoryOffice
from county_hub.hub.published.receipt_office import ReceiptOffice
from shared.ledger.formats.documents import Doc
from shared.ledger.published.receipts import receipt_id
from sync.databases.folder import Databases
from sync.errors import SyncError

log = logging.getLogger("county_hub.leaving")
RETRY_S = "30"


def told(device: str, directory: DirectoryOffice, receipts: ReceiptOffice, databases: Databases) -> Doc:
    """The answer for a device that the directory knows. Raises SyncError."""
    known = directory.latest().device(device)
    assert known is not None, "the authoriser lets no other in"
    database = f"office-{known.office}"
    receipt = receipts.newest(device, database) if databases.exists(database) else None
    doc = None
    if receipt is not None:
        with databases.lease(database) as replica:
            doc = replica.get(receipt_id(device, receipt.by, receipt.n))
    final = {"seq": known.final_seq, "hash": known.final_hash} if known.final_seq is not None else None
    return {"status": known.status, "final": final, "receipt": doc}


def routes(
    directory: DirectoryOffice, receipts: ReceiptOffice, databases: Databases, authoriser: HubAuthoriser, rates: Rates,
) -> list[BaseRoute]:
    def answer(headers: dict[str, str], address: str) -> JSONResponse:
        principal = authoriser.authenticate(headers)
        wait_s = rates.wait_s("leave", principal.name, STATEMENTS) if principal else rates.stranger(address)
        if wait_s:
            return wait_answer(wait_s)
        if principal is None:
            reason = "name and password of an enrolled device are needed"
            return JSONResponse({"error": "unauthorized", "reason": reason}, status_code=401)
        try:
            return JSONResponse(told(principal.name, directory, receipts, databases))
        except SyncError as fault:
            log.warning("%s waits for its receipt: %s", principal.name, fault)
            said = {"error": fault.error, "reason": "the hub cannot read at the moment; try again"}
            return JSONResponse(said, status_code=503, headers={"retry-after": RETRY_S})

    async def get(request: Request) -> JSONResponse:
        return await run_in_threadpool(answer, dict(request.headers), request.client.host if request.client else "")

    return [Route("/_hub/leave", get, methods=["GET"])]
