"""Where a device's chain ends, as far as the hub has heard: what a retirement declares."""

from __future__ import annotations

from dataclasses import dataclass

from county_hub.hub.chains.statements import Statements
from county_hub.hub.published.receipt_office import ReceiptOffice


@dataclass(frozen=True, slots=True)
class End:
    """`hash` is None while `seq` is 0. `waiting`: records that the device said were still on it."""

    seq: int = 0
    hash: str | None = None
    waiting: int = 0


def end_of(device: str, office: str, statements: Statements, receipts: ReceiptOffice) -> End:
    """What the device stated last, or its newest receipt where that says more."""
    kept = statements.newest().get(device)
    receipt = receipts.newest(device, f"office-{office}")
    end = End(kept.said.seq, kept.said.hash, kept.said.waiting.records) if kept is not None else End()
    if receipt is not None and receipt.head is not None and receipt.head[0] > end.seq:
        return End(receipt.head[0], receipt.head[1])
    return end
