"""The health of every device as its newest statement tells it: who has not been in touch, and what is stranded where.

A statement is signed by the device and says what it holds that the county has not (`shared.ledger.published.statements`); the
rest is what the hub itself saw: the last contact, numbers given twice, what lies in quarantine.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from county_hub.county.officers import officers_of
from county_hub.hub.chains.elsewhere import last_with
from county_hub.hub.chains.statements import rounds_in
from county_hub.hub.hosted import is_own
from county_hub.hub.hub import Hub, receipts_of
from shared.ledger.published.edges import edges_of
from sync.errors import SyncError

_DAY_MS = 86_400_000
LEAST_FREE = 200 << 20          # bytes: below, photographs of a week may not fit
# So many of the newest rounds of a device cut, of at least so many: its line is bad, or something else is.
CUT_PART, CUT_ROUNDS = 0.3, 10
WORDS = ("never", "silent", "waits", "refused", "forked", "clock", "future", "full", "cut", "error")


@dataclass(frozen=True, slots=True)
class Health:
    """One device in use. `faults`: words of `WORDS`, the gravest first; `records`, `files`, `bodies` the county has not signed
    for; `oldest` of them, ms since 1970 by the device's clock, or None; `offset_ms`: hub minus device, as last measured there;
    `rounds`: its newest ones, at most a hundred, of which `rounds_cut` did not end well; `hub`: the name of the edge that it was
    last in touch with, "" for the publisher, or for the one hub there is."""

    device: str
    office: str
    slot: str
    last_at: int
    stated_at: int
    records: int
    files: int
    bodies: int
    oldest: int | None
    refused: int
    forks: tuple[int, ...]
    offset_ms: int
    free_bytes: int | None
    app: str
    last_error: str
    rounds: int
    rounds_cut: int
    hub: str
    faults: tuple[str, ...]

    @property
    def since(self) -> int | None:
        """`oldest` where it can be: the device was never that far ahead and right."""
        return None if "future" in self.faults else self.oldest


def fleet(hub: Hub, offices: tuple[str, ...] | None = None) -> list[Health]:
    """Devices in use (of these offices), those with a fault first, then by office and slot."""
    contacts, stated = hub.registry.contacts(), hub.statements.newest()
    forks: dict[str, list[int]] = {}
    for fork in hub.forks():
        forks.setdefault(fork.device, []).append(fork.seq)
    refused = officers_of(hub).refused_of_devices()
    hubs, here = _hubs(hub)
    found = []
    for device in hub.directory.latest().devices():
        elsewhere = offices is not None and device.office not in offices
        if device.status != "active" or is_own(hub, device.id) or elsewhere:
            continue
        contact, kept = contacts.get(device.id), stated.get(device.id)
        said, report = (kept.said.waiting, kept.said.report) if kept else (None, {})
        if kept is not None and said is not None and said.records and _arrived(hub, device.id, device.office, kept.said.seq):
            said = replace(said, records=0, oldest=said.oldest if said.files or said.bodies else None)
        free = report.get("free_bytes")
        health = Health(
            device.id, device.office, f"{device.slot:03d}", contact.last_at if contact else 0, kept.at if kept else 0,
            said.records if said else 0, said.files if said else 0, said.bodies if said else 0, said.oldest if said else None,
            refused.get(device.id, 0), tuple(forks.get(device.id, ())), _whole(report.get("clock_offset_ms")),
            free if isinstance(free, int) and not isinstance(free, bool) else None,
            str(report.get("app") or (contact.app if contact else ""))[:80], str(report.get("last_error") or "")[:200],
            *rounds_in(report), hubs.get(device.id, here), (),
        )
        found.append(_judged(health, hub))
    return sorted(found, key=lambda h: (not h.faults, WORDS.index(h.faults[0]) if h.faults else 0, h.office, h.slot))


def _hubs(hub: Hub) -> tuple[dict[str, str], str]:
    """(device -> name of the other hub that it was last in touch with, name of this one); the publisher's is ""."""
    names = {edge.id: edge.name for edge in edges_of(hub.directory.latest())}
    return {device: names.get(other, "") for device, other in last_with(hub.registry).items()}, names.get(hub.edge, "")


def _arrived(hub: Hub, device: str, office: str, seq: int) -> bool:
    """Has all that a device had written come since it said so? A statement goes before the records of its round."""
    try:
        receipt = receipts_of(hub).newest(device, f"office-{office}")
    except SyncError:
        return False            # a damaged file is told elsewhere; the device's word stands
    return receipt is not None and receipt.head is not None and receipt.head[0] >= seq > 0 and not receipt.missing.json()


def _judged(h: Health, hub: Hub) -> Health:
    now = hub.clock()
    silent = hub.settings.silent_days * _DAY_MS
    asked = {
        "never": not h.last_at, "silent": bool(h.last_at) and now - h.last_at > silent,
        "waits": h.oldest is not None and now - h.oldest > silent, "refused": h.refused > 0, "forked": bool(h.forks),
        "clock": abs(h.offset_ms) > _DAY_MS, "future": h.oldest is not None and h.oldest > now + _DAY_MS,
        "full": h.free_bytes is not None and h.free_bytes < LEAST_FREE,
        "cut": h.rounds >= CUT_ROUNDS and h.rounds_cut >= CUT_PART * h.rounds, "error": bool(h.last_error),
    }
    values = {name: getattr(h, name) for name in Health.__slots__ if name != "faults"}
    return Health(**values, faults=tuple(word for word in WORDS if asked[word]))


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
