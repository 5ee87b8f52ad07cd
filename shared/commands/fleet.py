"""The table of devices' health, as both programs print it: of the whole county, or of the offices below a township.

A row is what the hub tells of a device (`county_hub.county.fleet.Health` as an object); a field that is not there says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from shared.commands.output import Answer
from shared.ledger.days import local_time
from shared.ledger.texts import has, t

_COLUMNS, _HUB = ("office", "slot", "contact", "waiting", "state", "app"), "hub"


def answer(found: Sequence[Mapping[str, Any]], office_name: Callable[[str], str]) -> Answer:
    several = any(h.get(_HUB) for h in found)       # more hubs than one: which each device was last in touch with
    rows = [(office_name(str(h["office"])), str(h.get("slot", "")),
             local_time(h["last_at"]) if h.get("last_at") else t("fleet.never"), waiting_words(h),
             "、".join(fault_words(h)) or t("fleet.good"), str(h.get("app", "")),
             *([hub_name(h)] if several else [])) for h in found]
    head = tuple(t(f"fleet.column_{name}") for name in (*_COLUMNS, *([_HUB] if several else [])))
    bad = sum(bool(h.get("faults")) for h in found)
    return Answer(value=[dict(h) for h in found], table=[head, *rows], lines=[t("fleet.total", n=len(found), bad=bad)])


def hub_name(h: Mapping[str, Any]) -> str:
    """Which hub it was last in touch with; of one that never was, none."""
    return str(h.get(_HUB) or t("fleet.publisher")) if h.get("last_at") else ""


def waiting_words(h: Mapping[str, Any]) -> str:
    if not sum(h.get(name) or 0 for name in ("records", "files", "bodies")):
        return t("fleet.nothing_waits") if h.get("stated_at") else t("fleet.not_stated")
    known = "future" not in h.get("faults", ())
    since = (local_time(h["oldest"]) if known else t("fleet.since_unknown")) if h.get("oldest") else "—"
    return t("fleet.waits", records=h.get("records", 0), files=h.get("files", 0), since=since)


def fault_words(h: Mapping[str, Any]) -> list[str]:
    """A newer hub may know faults that this program has no words for: they are told by their name."""
    return [t(f"fleet.fault_{word}", **values_of(h)) if has(f"fleet.fault_{word}") else str(word) for word in h.get("faults", ())]


def values_of(h: Mapping[str, Any]) -> dict[str, Any]:
    """What the words of faults are filled with."""
    offset = h.get("offset_ms") or 0
    return {"n": h.get("refused", 0), "days": abs(offset) // 86_400_000, "seq": (h.get("forks") or [0])[0],
            "mb": (h.get("free_bytes") or 0) >> 20, "error": h.get("last_error", ""), "rounds": h.get("rounds", 0),
            "cut": h.get("rounds_cut", 0), "way": t("fleet.behind" if offset > 0 else "fleet.ahead")}
