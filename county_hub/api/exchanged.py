"""The exchange over the interface: rows of the county for another system, and rows of it for a person of the county to take.

What is handed in is judged at once, row by row, so that the other system hears of every fault; what is sound waits for an
officer (`county-hub exchange accept`, 与其他系统交换 in the console), who registers it in his own name, or sends it back.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from county_hub.api import shapes
from county_hub.api.answers import Call, nothing, time_of
from county_hub.api.problems import MOST_FAULTS, ApiProblem, fault
from county_hub.county.exchange_office import ExchangeOffice
from county_hub.county.exchange_profiles import profile_of
from county_hub.hub.problems import HubProblem
from county_hub.systems.batches import Batch, Full, OtherRows
from county_hub.systems.opened import judged
from shared.disputes.exchange.mappings import PROFILES, Profile

WAIT_S = 3600


def profiles(call: Call) -> shapes.Profiles:
    found = [_profile(call, name) for name in PROFILES]
    return shapes.Profiles([shapes.ProfileRow(
        p.id, p.version, p.name, p.source, p.state, p.scope, [head for head, _ in p.columns]) for p in found])


def rows(call: Call) -> shapes.ExchangeRows:
    profile, since = _named(call), call.query.changed_since
    found = ExchangeOffice(call.api.acts(), profile).page(since, call.query.cursor or "", call.query.limit)
    items = [shapes.ExchangeRow(id, {head: _cell(value) for head, value in cells.items()}) for id, cells in found.rows]
    return shapes.ExchangeRows(profile.id, profile.version, items, found.next or None)


def hand_in(call: Call) -> shapes.Batch:
    profile, batches, given = _named(call), call.api.systems.batches, call.body.rows
    if not call.key:
        raise ApiProblem(400, "an Idempotency-Key is needed", [fault(
            "Idempotency-Key", "", "send a header with a name of your own for these rows, 8 to 80 letters or digits; "
            "the same name again means the same rows")])
    try:
        before = batches.known(call.token.id, call.key, profile.id, given)
        if before is not None:
            return _batch(before)
        try:
            _, found = judged(call.api.acts(), profile.id, given, None)
        except HubProblem as problem:
            raise ApiProblem(409, "the county cannot take rows now", [fault("", "", problem.sentence)]) from None
        if found.refused:
            told = [fault(f"rows[{one.line - 1}]{f'.{each.head}' if each.head else ''}", one.row.get(each.head, ""), each.reason)
                    for one in found.refused for each in one.faults]
            raise ApiProblem(422, f"{len(found.refused)} of {found.rows} rows cannot be taken, so none was", told[:MOST_FAULTS])
        made = _batch(batches.take(call.token.id, call.key, profile.id, given))
    except OtherRows:
        raise ApiProblem(422, "this Idempotency-Key was used for other rows", [fault(
            "Idempotency-Key", call.key, "give new rows a new key")]) from None
    except Full:
        raise ApiProblem(429, "too many hand-ins wait for a person of the county", headers={"retry-after": str(WAIT_S)}) from None
    made.new, made.known, made.left = len(found.ready), found.known, len(found.left)
    return made


def batch(call: Call) -> shapes.Batch:
    found = call.api.systems.batches.find(call.path["batch"])
    if found is None or found.token != call.token.id:
        raise nothing("batch", call.path["batch"])
    return _batch(found)


def _batch(found: Batch) -> shapes.Batch:
    answered = time_of(found.answered_at) if found.answered_at is not None else None
    return shapes.Batch(found.id, found.profile, found.state, found.count, time_of(found.at), answered, found.reason,
                        list(found.subjects))


def _named(call: Call) -> Profile:
    if call.path["profile"] not in PROFILES:
        raise nothing("profile", call.path["profile"])
    return _profile(call, call.path["profile"])


def _profile(call: Call, name: str) -> Profile:
    try:
        return profile_of(call.api.acts().hub.home.root, name)[0]
    except HubProblem as problem:
        raise ApiProblem(503, f"the county's own rows of {name} do not fit", [fault("profile", name, problem.sentence)]) from None


def _cell(value: Any) -> shapes.Cell:
    return value.isoformat() if isinstance(value, dt.date) else value
