"""The trace of a case: each record with device, person, times, and the proof that the county holds it.

What stands in the county's database was verified at ingress and accepted by the judge; the receipt that says so to the device is
named with its number. A record that was refused is shown with its reason, and nothing is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from county_hub.hub.hub import Hub, receipts_of
from shared.disputes.case.state import CaseState, TimelineEntry
from shared.ledger.formats.envelope import Event
from shared.ledger.published.receipts import Receipt

# what may be looked at alone
CUSTODY = frozenset({"case.escalate_requested", "case.escalate_accepted", "case.escalate_returned", "case.assigned",
                     "case.assignment_acknowledged", "case.assignment_returned", "case.recalled", "case.registered",
                     "case.transferred_out", "case.transfer_received"})
PAPERS = frozenset({"case.document_printed", "case.evidence_added", "case.record_added", "case.agreement_reached",
                    "case.agreement_signed", "case.sealed", "case.confirmation_applied", "case.confirmation_decided"})


@dataclass(frozen=True, slots=True)
class Step:
    """`slot` 000 is the county's own device. `receipt`: number and time (ms) of the receipt that holds it; 0 = none needed or
    none yet. `hops`: village, township, county: where it is."""

    entry: TimelineEntry
    device: str
    slot: str
    sequence: int
    receipt: int
    received_at: int
    hops: tuple[bool, ...]
    part: str                   # custody | papers | other


def trace(hub: Hub, state: CaseState, events: Mapping[str, Event]) -> list[Step]:
    """The newest first."""
    newest = dict[str, Receipt | None]()
    made = []
    lineage = hub.directory.latest().lineage
    for entry in reversed(state.timeline):
        event = events.get(entry.event)
        if event is None:
            continue
        own = event.device == hub.own_device.device
        if event.device not in newest:
            newest[event.device] = None if own else _newest(hub, event)
        receipt = newest[event.device]
        held = receipt is not None and event.device_seq in receipt.accepted
        hops = (True,) if own else (True, True, True) if lineage.level_of(entry.office) == "village" else (True, True)
        part = "custody" if entry.kind in CUSTODY else "papers" if entry.kind in PAPERS else "other"
        number, at = (receipt.n, receipt.received_at) if receipt is not None and held else (0, 0)
        made.append(Step(entry, event.device, event.device.rpartition("-")[2], event.device_seq, number, at, hops, part))
    return made


def _newest(hub: Hub, event: Event) -> Receipt | None:
    database = f"office-{event.office}"
    if not hub.databases.exists(database):
        return None
    found: Receipt | None = receipts_of(hub).newest(event.device, database)
    return found
