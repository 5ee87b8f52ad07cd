"""`county-hub exchange handed|show|accept|return HOME`: rows that another system handed in over the interface."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from county_hub.accounts.operator import note_operator
from county_hub.commands.program import KIT
from county_hub.county.desk import CountyDesk
from county_hub.systems.batches import WAITING, Batch
from county_hub.systems.opened import accept, opened_systems
from shared.commands.output import Answer, said
from shared.ledger.days import full_day, local_time
from shared.ledger.texts import t

TOLD = 50           # rows of a batch that are shown


def register(verbs: Any) -> None:
    """Below `exchange`."""
    handed = KIT.verb(verbs, "handed", t("systems.batch.help_handed"), _handed)
    handed.add_argument("--all", action="store_true", help=t("systems.batch.help_all"))
    for name, run in (("show", _show), ("accept", _accept), ("return", _return)):
        made = KIT.verb(verbs, name, t(f"systems.batch.help_{name}"), run)
        made.add_argument("batch", metavar="BATCH", help=t("systems.batch.help_id"))
        if name != "show":
            KIT.staff(made)
        if name == "return":
            made.add_argument("--reason", required=True, metavar="TEXT", help=t("systems.batch.help_reason"))


def _line(desk: CountyDesk, names: dict[str, str], one: Batch) -> tuple[object, ...]:
    return (one.id, local_time(one.at), names.get(one.token, one.token), one.profile, one.count, t(f"demand.state_{one.state}"))


def _handed(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    systems = opened_systems(desk.hub)
    names = {token.id: token.name for token in systems.tokens.all()}
    found = systems.batches.page("" if arguments.all else WAITING)
    head = tuple(t(f"systems.batch.column_{name}") for name in ("id", "at", "from", "profile", "rows", "state"))
    return Answer(value=[_value(one) for one in found], lines=() if found else [t("systems.batch.none")],
                  table=[head, *(_line(desk, names, one) for one in found)] if found else ())


def _value(one: Batch) -> dict[str, Any]:
    return {"id": one.id, "token": one.token, "profile": one.profile, "rows": one.count, "at": one.at, "state": one.state,
            "answered_at": one.answered_at, "answered_by": one.answered_by, "reason": one.reason, "subjects": list(one.subjects)}


def _show(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    found = opened_systems(desk.hub).batches.get(arguments.batch)
    return Answer(value={**_value(found), "content": found.rows}, lines=list(_told(found)))


def _told(found: Batch) -> Iterator[str]:
    yield f"{found.id}  {full_day(local_time(found.at))}  {t(f'demand.state_{found.state}')}"
    for number, row in enumerate(found.rows[:TOLD], 1):
        yield t("systems.batch.row", n=number, row="；".join(f"{head}：{cell}" for head, cell in row.items()))
    if len(found.rows) > TOLD:
        yield t("systems.batch.more", n=len(found.rows) - TOLD)
    if found.reason:
        yield t("systems.batch.reason", reason=found.reason)


def _accept(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    batch, found = accept(desk.acts, opened_systems(desk.hub).batches, arguments.batch, arguments.staff)
    note_operator(desk.hub, "batch_accept", batch.id)
    return Answer(value={**_value(batch), "known": found.known},
                  lines=[t("systems.batch.accepted", n=len(batch.subjects), known=found.known)])


def _return(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    batch = opened_systems(desk.hub).batches.send_back(arguments.batch, desk.acts.person(arguments.staff).id, arguments.reason)
    note_operator(desk.hub, "batch_return", batch.id)
    return said(t("systems.batch.returned"))
