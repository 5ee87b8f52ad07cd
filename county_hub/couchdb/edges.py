"""Edges of a county, as its publisher makes and ends them; what a new one is given is a bundle, one secret file.

    {what, format: 1, county, hub: {id, epoch, public_key, alg}, prefix,
     edge: {device, name, key}, author: {device, key}}

The keys are made here and kept nowhere here: a bundle that is lost is replaced by `add` under the same name, which retires the
edge of before. Nothing of HOME goes along; the rest lies in CouchDB.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from county_hub.hub.hub import Hub
from county_hub.hub.problems import HubProblem, UsageProblem
from county_hub.hub.safe.private_file import write_private
from shared.ledger.errors import Refused
from shared.ledger.formats import loose_json
from shared.ledger.formats.documents import Doc
from shared.ledger.formats.ids import is_name, is_office_id
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.os_words import os_reason
from shared.ledger.published.directory_heads import Directory, change
from shared.ledger.published.edges import ACTIVE, LOST, ROLE, Edge, edges_of, ever_served, named_and_below
from shared.ledger.texts import t

WHAT, FORMAT = "county-hub edge bundle", 1
AUTHOR_ROLE, RETIRED = "console", "retired"
PAGE = 500


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a new edge is given. Keys as `DeviceKey.save` writes them."""

    county: str
    hub: dict[str, str]
    prefix: str
    name: str
    device: str
    key: str
    author: str
    author_key: str

    def text(self) -> str:
        return json.dumps({
            "what": WHAT, "format": FORMAT, "county": self.county, "hub": self.hub, "prefix": self.prefix,
            "edge": {"device": self.device, "name": self.name, "key": self.key},
            "author": {"device": self.author, "key": self.author_key},
        }, ensure_ascii=False, indent=1) + "\n"


def read_bundle(path: Path) -> Bundle:
    """Raises `UsageProblem`."""
    try:
        value = loose_json.read(path)
        hub = {name: str(value["hub"][name]) for name in ("id", "epoch", "public_key", "alg")}
        made = Bundle(str(value["county"]), hub, str(value["prefix"]), str(value["edge"]["name"]), str(value["edge"]["device"]),
                      str(value["edge"]["key"]), str(value["author"]["device"]), str(value["author"]["key"]))
        good = (value["what"] == WHAT and value["format"] == FORMAT and is_office_id(made.county) and is_name(made.name)
                and made.device != made.author and all(_is_device(id, made.county) for id in (made.device, made.author)))
        DeviceKey.load(made.key), DeviceKey.load(made.author_key)
    except (OSError, ValueError, KeyError, TypeError, Refused):
        good = False
    if not good:
        raise UsageProblem(t("edges.bad_bundle", file=path))
    return made


def _is_device(id: str, county: str) -> bool:
    office, _, slot = id.rpartition("-")
    return office == county and slot.isascii() and slot.isdecimal()


def require_publisher(hub: Hub) -> None:
    """Raises `HubProblem` on an edge."""
    if hub.edge:
        raise HubProblem(t("edges.not_here"))


def find(hub: Hub, name: str) -> Edge | None:
    """The active edge of this name."""
    return next((edge for edge in edges_of(hub.directory.latest()) if edge.name == name and edge.is_active), None)


def add(hub: Hub, name: str, offices: Sequence[str], urls: Sequence[str], tls: Sequence[str], out: Path) -> Bundle:
    """A new edge, or a fresh one in the place of that of this name; the bundle is written before the directory names it. Raises
    `HubProblem`, `UsageProblem`."""
    require_publisher(hub)
    _check(hub, name, offices, out)
    device, slot = hub.registry.next_device(hub.county)
    author, author_slot = hub.registry.next_device(hub.county)
    key, author_key = DeviceKey.generate(os.urandom), DeviceKey.generate(os.urandom)
    known = hub.identity()
    made = Bundle(hub.county, {"id": known.hub_id, "epoch": known.epoch, "public_key": known.public_key, "alg": hub.key.alg},
                  hub.settings.couchdb_prefix, name, device, key.save(), author, author_key.save())
    try:
        write_private(out, made.text().encode())
    except OSError as error:
        raise HubProblem(t("edges.unwritable", file=out, reason=os_reason(error))) from error
    old = find(hub, name)
    said = {"name": name, "offices": list(offices), "urls": list(urls), "tls": list(tls), "author": author}
    try:
        hub.directory.revise(lambda latest: [
            *_bounded(hub, latest, old.id if old is not None else ""),
            *(_ending(hub, latest, old, RETIRED) if old is not None else ()),
            change("device", device, {
                **_device(hub, slot, key, ROLE), "edge": {**said, "served": served_with((), latest, offices)}}),
            change("device", author, {**_device(hub, author_slot, author_key, AUTHOR_ROLE), **_going_on(hub, old)}),
        ])
    except BaseException:
        if hub.directory.latest().device(device) is None:       # two keys of nobody
            with contextlib.suppress(OSError):
                if out.is_file():
                    out.unlink()
        raise
    return made


def hand_over(hub: Hub, name: str, offices: Sequence[str]) -> None:
    """From now on this edge answers for these offices and no others. Raises `HubProblem`, `UsageProblem`."""
    require_publisher(hub)
    _check_offices(hub, offices)
    edge = _required(hub, name)

    def changes(latest: Directory) -> Iterator[Doc]:
        known = latest.device(edge.id)
        assert known is not None
        before = edge.served if edge.served is not None else ever_served(hub.directory.history().versions(), edge.id)
        yield change("device", edge.id, {**known.raw, "edge": {
            **known.raw["edge"], "offices": list(offices), "served": served_with(before, latest, offices)}})
        yield from _bounded(hub, latest, edge.id)

    hub.directory.revise(changes)


def served_with(before: Iterable[str], latest: Directory, offices: Sequence[str]) -> list[str]:
    """What an edge has answered for once these offices are its own, too."""
    return sorted({*before, *named_and_below(latest, offices)})


def _bounded(hub: Hub, latest: Directory, but: str) -> Iterator[Doc]:
    """Edges of a directory from before get the list of what they ever answered for, out of its versions."""
    for edge in edges_of(latest):
        known = latest.device(edge.id)
        if known is not None and edge.served is None and edge.id != but and edge.is_believed:
            yield change("device", edge.id, {**known.raw, "edge": {
                **known.raw["edge"], "served": ever_served(hub.directory.history().versions(), edge.id)}})


def retire(hub: Hub, name: str, *, lost: bool) -> None:
    """The edge answers for nobody any more; the publisher does. `lost`: its key may be in other hands, so nothing that it signed
    counts; one that was ended before is named by its device id. Raises `HubProblem`, `UsageProblem`."""
    require_publisher(hub)
    ended = next((edge for edge in edges_of(hub.directory.latest()) if edge.id == name and edge.is_believed), None)
    edge = ended if lost and ended is not None else _required(hub, name)
    hub.directory.revise(lambda latest: list(_ending(hub, latest, edge, LOST if lost else RETIRED)))


def _check(hub: Hub, name: str, offices: Sequence[str], out: Path) -> None:
    if not is_name(name):
        raise UsageProblem(t("edges.bad_name", value=name))
    _check_offices(hub, offices)
    if out.exists():
        raise UsageProblem(t("edges.out_there", file=out))


def _check_offices(hub: Hub, offices: Sequence[str]) -> None:
    unknown = [office for office in offices if hub.directory.latest().office(office) is None]
    if unknown or not offices:
        raise UsageProblem(t("edges.bad_offices", value="、".join(unknown) or "-"))


def _required(hub: Hub, name: str) -> Edge:
    found = find(hub, name)
    if found is None:
        names = "、".join(edge.name for edge in edges_of(hub.directory.latest()) if edge.is_active)
        raise UsageProblem(t("edges.unknown", value=name, names=names or t("edges.none")))
    return found


def _device(hub: Hub, slot: str, key: DeviceKey, role: str) -> Doc:
    return {"office": hub.county, "slot": int(slot), "public_key": key.public, "alg": key.alg, "status": ACTIVE,
            "final_seq": None, "role": role, "enrolled_at": hub.clock()}


def _ending(hub: Hub, latest: Directory, edge: Edge, status: str) -> Iterator[Doc]:
    """The edge, and the device whose chain was written there, which ends where the county has it."""
    known, author = latest.device(edge.id), latest.device(edge.author)
    if known is not None:
        served = list(edge.served) if edge.served is not None else ever_served(hub.directory.history().versions(), edge.id)
        yield change("device", edge.id, {**known.raw, "status": status, "edge": {**known.raw["edge"], "served": served}})
    if author is not None and author.status == ACTIVE:
        seq, digest = end_of(hub, author.id)
        yield change("device", author.id, {**author.raw, "status": status, "final_seq": seq, "final_hash": digest})
    elif author is not None and status == LOST and author.status != LOST:      # its key lay beside the edge's; its end is known
        yield change("device", author.id, {**author.raw, "status": LOST})


def _going_on(hub: Hub, old: Edge | None) -> Doc:
    seq, digest = end_of(hub, old.author) if old is not None else (0, None)
    return {"continues": {"device": old.author, "seq": seq, "hash": digest}} if old is not None and digest else {}


def end_of(hub: Hub, device: str) -> tuple[int, str | None]:
    """(number, hash) of the device's last record that the consolidated database holds here."""
    return last_of(hub.replica, device)


def last_of(replica: Any, device: str) -> tuple[int, str | None]:
    """The same of any database."""
    found: tuple[int, str | None] = (0, None)
    start = ""
    while True:
        rows = replica.all_docs(startkey=start, include_docs=True, limit=PAGE)
        for doc in (row.doc for row in rows if row.doc is not None):
            if doc.get("device") == device and type(doc.get("device_seq")) is int and "hlc" in doc:
                found = max(found, (int(doc["device_seq"]), str(doc["_id"]).rpartition(":")[2]), key=lambda end: end[0])
        if len(rows) < PAGE:
            return found
        start = rows[-1].id + "\x00"
