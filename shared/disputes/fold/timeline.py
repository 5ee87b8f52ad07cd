"""The history of a case as lines for a person, in fold order; nothing is left out (F10 全程留痕).

Every kind has a text `timeline.<kind without the dot's left side>`; newer kinds show as written by a
newer version, refused events come where their time puts them, struck through by the screen, with the
reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from shared.disputes.case.state import TimelineEntry
from shared.disputes.fold.draft import Draft
from shared.disputes.fold.faults import guarded
from shared.disputes.kinds.registry import BODIES, KINDS, is_known
from shared.ledger import codes
from shared.ledger.formats.envelope import Event
from shared.ledger.formats.hidden import shown_in
from shared.ledger.formats.ids import is_office_id
from shared.ledger.published.lineage import Lineage
from shared.ledger.texts import has, t


def timeline(d: Draft, refused: Mapping[str, str]) -> tuple[TimelineEntry, ...]:
    entries = [_entry(d, event, "") for event in d.order.events]
    for event in d.order.refused:
        line = _entry(d, event, refused[event.id] or "refused")
        place = next((n for n, other in enumerate(entries) if other.hlc > event.hlc), len(entries))
        entries.insert(place, line)
    return tuple(entries)


def _entry(d: Draft, e: Event, refused: str) -> TimelineEntry:
    note = d.notes.get(e.id, "")
    known = is_known(e.kind, e.schema)
    effect = "none" if note or refused else "yes" if known else "unknown"
    text = guarded(d, partial(_told, e, note, d.lineage), t("effect.cannot_fold"), e) if known else t("common.unknown_newer")
    if e.id in d.dates and not note:
        note = t("timeline.date_was", old=d.dates[e.id][0])
    return TimelineEntry(e.id, e.kind, e.office, e.actor, e.role, e.legal_date, e.device_time, e.hlc,
                         text, refused, effect, note, e.corrected_ms)


def _told(e: Event, note: str, lineage: Lineage) -> str:
    """The line; of a body that does not fit its kind, what is told beside it is enough."""
    try:
        return describe(e, lineage)
    except Exception:
        if not note:
            raise
        return note


def describe(e: Event, lineage: Lineage) -> str:
    """One Chinese line that says what the event did."""
    name, key = e.kind.split(".", 1)[1], f"kinds.{e.kind}.line"
    if "sealed" in e.body:
        return t("timeline.sealed_body", name=codes.name("sealed_class", e.body.get("class", "")))
    words = {key: shown_in(value) for key, value in e.body.items() if isinstance(value, (str, int))}
    values = {"text": "", "reason": "", "title": "", "until": "", "to": "", "number": "", "person": "", **words}
    for field, table in KINDS[e.kind].line.items():
        # a body is written without the fields that equal their default
        code = e.body[field] if field in e.body else BODIES[e.kind, e.schema].model_fields[field].default
        values[field] = codes.name(table, code)
    for field in ("to", "office"):
        value = values.get(field, "")
        if isinstance(value, str) and is_office_id(value):
            values[field] = f"{codes.name('level', lineage.level_of(value))}（{value}）"
    if name == "item_performed":
        values["item"] = int(e.body["item"]) + 1
    return t(key if has(key) else f"timeline.{name}", **values).strip(" ")
