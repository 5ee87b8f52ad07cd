"""What each operation answers, out of the read model and the domain's own offices. It must not know HTTP beyond status codes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from county_hub.api import shapes
from county_hub.api.problems import ApiProblem, fault
from county_hub.county.acts import CountyActs
from county_hub.county.officers import Officers
from county_hub.report.kept import KeptReports
from county_hub.systems.opened import Systems
from county_hub.systems.tokens import Token
from shared.disputes.case.state import TimelineEntry
from shared.disputes.tables import feed
from shared.ledger import periods
from shared.ledger.formats.hlc import hlc_ms, make_hlc
from shared.version import VERSION

PERSONAL = "personal:read"


@dataclass(frozen=True, slots=True)
class Api:
    """`acts()`: what is written and folded, over the hub that is open."""

    officers: Officers
    systems: Systems
    acts: Callable[[], CountyActs]
    reports: KeptReports


@dataclass(frozen=True, slots=True)
class Call:
    """One question of a token. `key`: the idempotency key of what is sent, or empty."""

    api: Api
    token: Token
    path: Mapping[str, str]
    query: Any
    body: Any = None
    key: str = ""

    @property
    def personal(self) -> bool:
        return PERSONAL in self.token.scopes

    @property
    def offices(self) -> tuple[str, ...] | None:
        """Whose matters may be seen; None: everybody's."""
        if not self.token.offices:
            return None
        return tuple(dict.fromkeys(low for office in self.token.offices for low in self.api.officers.with_lower(office)))


def own(call: Call) -> shapes.Self:
    token = call.token
    return shapes.Self(token.id, token.name, list(token.scopes), list(token.offices), time_of(token.until),
                       call.api.officers.county(), VERSION)


# --- cases and records


def cases(call: Call) -> shapes.Cases:
    query = call.query
    asked = _asked(call, holder=query.office or "", category=query.category or "", number=query.number or "",
                   registered_from=query.registered_from or "", registered_to=query.registered_to or "")
    with call.api.officers.read() as db:
        rows = feed.cases(db, asked)
    return shapes.Cases([_case(row, call.personal) for row in rows[:query.limit]], _next(rows, query.limit, "case_id"))


def case(call: Call) -> shapes.Case:
    return _case(_one_case(call), call.personal)


def _one_case(call: Call) -> dict[str, Any]:
    with call.api.officers.read() as db:
        row = feed.case(db, call.path["case"])
    offices = call.offices
    if row is None or (offices is not None and row["holder"] not in offices and row["origin"] not in offices):
        raise nothing("case", call.path["case"])
    return row


def timeline(call: Call) -> shapes.Timeline:
    """Of one case, folded from its events now; what is sealed is not in it for anybody."""
    row, officers = _one_case(call), call.api.officers
    state = officers.case(row["case_id"])
    strict = "strict" in (row["more"].get("confidentiality"), state.confidentiality if state is not None else "")
    told = call.personal and not strict             # the tables may not have heard yet what the events say
    return shapes.Timeline([_event(entry, officers if told else None) for entry in state.timeline] if state is not None else [])


def _event(entry: TimelineEntry, officers: Officers | None) -> shapes.CaseEvent:
    """`officers` knows the names; None: nobody is named."""
    made = shapes.CaseEvent(
        id=entry.event, kind=entry.kind, office=entry.office, role=entry.role, legal_date=entry.legal_date,
        written_at=time_of(entry.device_time), corrected_at=time_of(entry.corrected_time or entry.device_time),
        refused=bool(entry.refused), effect=entry.effect)
    if officers is not None:
        made.person, made.text = officers.staff_name(entry.actor), officers.named(entry.text, entry.legal_date)
        made.reason = entry.refused
    return made


def records(call: Call) -> shapes.Records:
    query = call.query
    asked = _asked(call, holder=query.office or "", aggregate=query.kind or "")
    with call.api.officers.read() as db:
        rows = feed.records(db, asked)
        strict = feed.strict_ones(db, [case for row in rows for case in row["cases"]]) if call.personal else frozenset()
    return shapes.Records([_record(row, call.personal, strict) for row in rows[:query.limit]],
                          _next(rows, query.limit, "record_id"))


def record(call: Call) -> shapes.Record:
    with call.api.officers.read() as db:
        row = feed.record(db, call.path["record"])
        strict = feed.strict_ones(db, row["cases"]) if row is not None and call.personal else frozenset()
    offices = call.offices
    if row is None or (offices is not None and not {row["place"], row["handler"], row["origin"]} & set(offices)):
        raise nothing("record", call.path["record"])
    return _record(row, call.personal, strict)


def _asked(call: Call, **more: str) -> feed.Asked:
    """One row more than the page: whether another page follows is seen by it."""
    query = call.query
    hlc, _, id = (query.cursor or "").partition("-")
    since = query.changed_since
    first = make_hlc(max(0, int(dt.datetime.fromisoformat(f"{since}T00:00:00+08:00").timestamp() * 1000))) if since else ""
    return feed.Asked(after=(hlc, id) if hlc else None, limit=query.limit + 1, since=first, offices=call.offices,
                      state=query.state or "", open_only=query.open, **more)


def _next(rows: list[dict[str, Any]], limit: int, id: str) -> str | None:
    return f"{rows[limit - 1]['updated_hlc']}-{rows[limit - 1][id]}" if len(rows) > limit else None


def _case(row: Mapping[str, Any], personal: bool) -> shapes.Case:
    more = row["more"]
    made = shapes.Case(
        id=row["case_id"], number=row["number"], file_number=row["file_no"], state=row["state"], ended=bool(row["settled"]),
        category=row["category"], subcategory=more.get("subcategory", ""), source=row["source"],
        mediation_type=more.get("mediation_type", ""), difficulty=more.get("difficulty", ""), outcome=more.get("outcome", ""),
        risk=row["risk"], place_office=row["place"], origin_office=row["origin"], holder_office=row["holder"],
        pending_to_office=row["pending_to"], pending_kind=row["pending_kind"], registered_on=row["registered_on"],
        registered_at=time_of(row["registered_at"]), accepted_on=more.get("accepted_on"), closed_on=more.get("closed_on"),
        due_on=row["due_date"], due_kind=row["due_kind"], provisional=bool(row["provisional"]),
        incomplete=bool(row["incomplete"]), merged_into=more.get("merged_into") or "",
        changed_at=time_of(hlc_ms(row["updated_hlc"])),
    )
    if personal and more.get("confidentiality") != "strict":
        made.summary, made.place_text = row["summary"], more.get("place_text", "")
        made.party_names = [name for name in row["party_names"].split("、") if name]
    return made


def _record(row: Mapping[str, Any], personal: bool, strict: frozenset[str]) -> shapes.Record:
    """`strict`: cases whose words are nobody's; a protected petition does not say which case names its petitioner."""
    made = shapes.Record(
        id=row["record_id"], kind=row["aggregate"], number=row["number"], state=row["state"], origin_office=row["origin"],
        place_office=row["place"], handler_office=row["handler"],
        opened_on=row["opened_on"], ended_on=row["ended_on"], level=row["level"], due_on=row["due_date"],
        due_kind=row["due_kind"], cases=[] if row["protected"] else row["cases"], incomplete=bool(row["incomplete"]),
        changed_at=time_of(hlc_ms(row["updated_hlc"])))
    if personal and not row["protected"] and not strict & set(row["cases"]):
        made.title = row["title"]
    return made


# --- figures


def figures(call: Call) -> shapes.Figures:
    officers, span = call.api.officers, periods.parse(call.path["period"])
    if span.start > officers.today():
        raise nothing("period", span.text)
    kept = call.api.reports.report(span)
    made = kept.report
    return msgspec.convert({
        "as_of": time_of(kept.at), "period": made["span"], "start": made["period"]["start"], "end": made["period"]["end"],
        "base_start": made["base_period"]["start"], "base_end": made["base_period"]["end"],
        "indicators": [{"key": key, **entry} for key, entry in made["indicators"].items()],
        **{name: made[name] for name in ("made_on", "small_cell", "small_cell_source", "demo", "tables", "notes")},
    }, shapes.Figures)


def time_of(ms: int) -> str:
    """RFC 3339 in UTC."""
    whole = min(max(ms, 0), 253_402_300_799_999)
    return dt.datetime.fromtimestamp(whole / 1000, dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def nothing(field: str, value: str) -> ApiProblem:
    """Not there, or not for this token: the two are told alike."""
    return ApiProblem(404, f"there is no such {field}, or it is not for this token", [
        fault(field, value, "ask for one of a list")])
