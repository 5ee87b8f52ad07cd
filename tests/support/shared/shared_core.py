"""A small county for tests of the core: fixed keys, one signed directory, drafts of events. Nothing here is random."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from shared.disputes.records import aggregates
from shared.ledger.formats.documents import Doc, with_rev
from shared.ledger.formats.envelope import Draft, event_id, seal
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.published.directory_heads import DirectoryHistory, build_head, change, head_hash
from tests.support.shared.founding import founded

COUNTY, TOWN, VILLAGE, NEIGHBOUR = "150822000000", "150822100000", "150822100203", "150822100201"
CASE = "01J9ZK3V7Q8W9X0Y1Z2A3B4C5D"
OTHER_CASE = "01J9ZK3V7Q8W9X0Y1Z2A3B4C5E"
EPOCH = "e1"
NOW = 1_763_870_400_000   # 2025-11-23 12:00 in China


def key_of(name: str) -> DeviceKey:
    return DeviceKey(hashlib.sha256(f"test key of {name}".encode()).digest())


HUB_KEY, DEVICE_KEY, OTHER_KEY = key_of("hub"), key_of("dev-1"), key_of("dev-2")


def changes() -> list[Doc]:
    """Four offices, their staff, two devices of the village and its neighbour."""
    def office(id: str, name: str, level: str, parent: str | None) -> Doc:
        return change("office", id, {"name": name, "kind": "village", "level": level, "parent": parent, "code": id,
                                     "valid_from": "2020-01-01", "valid_to": None, "rooms": [], "committee": None})

    def staff(id: str, name: str, at: str, *roles: str) -> Doc:
        return change("staff", id, {"name": name, "office": at, "roles": list(roles), "active": True, "from": None, "to": None})

    def device(id: str, at: str, slot: int, key: DeviceKey) -> Doc:
        return change("device", id, {"office": at, "slot": slot, "public_key": key.public, "alg": key.alg, "status": "active",
                                     "final_seq": None, "role": "tablet", "enrolled_at": NOW})

    return [
        change("hub", "hub", {"hub_id": "hub-1", "public_key": HUB_KEY.public, "alg": HUB_KEY.alg, "name": "磴口县"}),
        office(COUNTY, "磴口县", "county", None), office(TOWN, "巴彦高勒镇", "township", COUNTY),
        office(VILLAGE, "旧地村", "village", TOWN), office(NEIGHBOUR, "南滩村", "village", TOWN),
        staff("s-li", "李秀英", VILLAGE, "mediator"), staff("s-wang", "王建国", TOWN, "judicial_officer"),
        staff("s-zhao", "赵强", NEIGHBOUR, "mediator"),
        device("dev-1", VILLAGE, 1, DEVICE_KEY), device("dev-2", NEIGHBOUR, 1, OTHER_KEY),
    ]


def first_head() -> Doc:
    return build_head(None, changes(), key=HUB_KEY, epoch=EPOCH, issued_at=NOW)


def grown(heads: list[Doc], *more: Doc, epoch: str = EPOCH, issued_at: int = NOW + 1) -> list[Doc]:
    """The heads and one more with these changes."""
    latest = DirectoryHistory.load(heads, HUB_KEY.public).latest
    return [*heads, build_head(latest, more, key=HUB_KEY, epoch=epoch, issued_at=issued_at)]


def county(*later: Doc) -> DirectoryHistory:
    """The history of one head, and one more for each of the later changes."""
    heads = [first_head()]
    for one in later:
        heads = grown(heads, one)
    return DirectoryHistory.load(heads, HUB_KEY.public)


def cited(history: DirectoryHistory, version: int) -> tuple[str, int, str]:
    """The citation of a version of this history."""
    found = history.at(EPOCH, version)
    assert found is not None
    return found.cited


def draft(**fields: Any) -> Draft:
    """An event of a newer kind (so that any body fits), by the village's device. Without causes it founds its subject; a step of
    a kind that we know follows something in CASE."""
    made = Draft(
        kind="case.remarked", subject=CASE, body={"text": "渠边的界石移动过", "amount_fen": 120000, "done": False, "who": None},
        office=VILLAGE, actor="s-li", role="mediator", device="dev-1", device_seq=1, prev=None, after=(),
        directory=(EPOCH, 1, head_hash(first_head())), hlc="019ac8f3b2c10001", device_time=NOW, clock_offset_ms=-1200,
        legal_date="2025-11-23", app="shuoshi/0.1.0", custody_epoch=0,
    )
    made = replace(made, **fields)
    if "after" not in fields and aggregates.opens(made.kind) is False:
        return replace(made, after=(f"{made.kind.partition('.')[0]}:{made.subject}:019ac8f3b2c00001:{'a' * 26}",))
    return made if "subject" in fields else founded(made)


def sealed(**fields: Any) -> Doc:
    return seal(draft(**fields), DEVICE_KEY)[0]


def rehashed(doc: Mapping[str, Any]) -> Doc:
    """A forger's document: id and revision recomputed, the signature left as it was."""
    bare = {k: v for k, v in doc.items() if k not in ("_id", "_rev")}
    return with_rev({"_id": event_id(bare), **bare})
