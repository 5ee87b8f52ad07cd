"""What an option of a verb may name, as choices: offices, people, devices, records. Read from the directory and the tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from county_hub.county.desk import CountyDesk
from county_hub.county.officers import Officers
from county_hub.hub.hosted import is_own
from shared.disputes.forms.sought import NOTHING, OFFERED, Choice, Offered, Sought, part
from shared.disputes.tables import due
from shared.ledger import codes
from shared.ledger.days import said_day
from shared.ledger.published.office_periods import open_at

Choices = tuple[Choice, ...]


def choices_of(name: str, desk: CountyDesk, sought: Sought = NOTHING) -> Offered:
    return part(_SOURCES[name](desk), sought) if name in _SOURCES else _records(name, desk, sought)


def _offices(desk: CountyDesk) -> Choices:
    latest = desk.hub.directory.latest()
    return tuple((id, desk.office_name(id)) for id in sorted(open_at(latest, (o.id for o in latest.offices()), latest.today)))


def _people(desk: CountyDesk) -> Choices:
    """The county's own before all others."""
    county, people = desk.hub.county, [p for p in desk.hub.directory.latest().all_staff() if p.active]
    ordered = sorted(people, key=lambda p: (p.office != county, p.office, p.id))
    return tuple((p.id, f"{p.name}（{p.id}，{desk.office_name(p.office)}）") for p in ordered)


def _roles(desk: CountyDesk) -> Choices:
    return tuple(codes.names("role").items())


def _scopes(desk: CountyDesk) -> Choices:
    return tuple(codes.names("api_scope").items())


def _devices(desk: CountyDesk) -> Choices:
    devices = desk.hub.directory.latest().devices()
    return tuple((d.id, f"{desk.office_name(d.office)} {d.slot:03d}（{d.id}）") for d in devices if not is_own(desk.hub, d.id))


def _records(aggregate: str, desk: CountyDesk, sought: Sought) -> Offered:
    with desk.officers.read() as db:
        rows, total = due.looked_for(db, aggregate, sought.words.split(), sought.chosen, OFFERED)
    return Offered(tuple((str(row["record_id"]), called(desk.officers, {**row, "aggregate": aggregate}, desk.record))
                         for row in rows), total)


def called(officers: Officers, row: Mapping[str, Any], record_of: Callable[[str], Any]) -> str:
    """People by their names; a duty post by its own day and hours, everything else by the day on which it was opened."""
    today = officers.today()
    when = said_day(str(row["opened_on"] or ""), today)
    if row["aggregate"] == "duty":
        data = getattr(record_of(str(row["record_id"])), "data", {})
        service = codes.names("clinic_service").get(str(data.get("service")), "")
        when = f"{service}　{said_day(str(data.get('date') or ''), today)} {data.get('start', '')}–{data.get('end', '')}"
    title = officers.who(str(row["title"])) if row["title"] else ""
    return f"{title}（{when}）" if title else when


_SOURCES: dict[str, Callable[[CountyDesk], Choices]] = {
    "office": _offices, "person": _people, "people": _people, "roles": _roles, "scopes": _scopes, "device": _devices,
}
