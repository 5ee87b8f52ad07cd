"""`county-hub petition ...` and `county-hub legal-aid ...` (`shared.commands.matters`), and `county-hub alarms HOME`: everything
that is due, of all kinds.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from county_hub.commands.program import KIT
from county_hub.county.desk import CountyDesk
from county_hub.hub.problems import HubProblem, UsageProblem
from shared.commands import matters
from shared.commands.arguments import day_argument
from shared.commands.output import Answer
from shared.disputes.rules.county import county_rules
from shared.disputes.tables import due
from shared.ledger import codes
from shared.ledger.texts import t


def register(commands: Any) -> None:
    matters.add(KIT, commands, _letter, _save)
    alarms = KIT.verb(commands, "alarms", t("matters.alarms"), _alarms)
    alarms.add_argument("--office", default="", metavar="ID", help=t("hub.cli.office"))
    alarms.add_argument("--today", type=day_argument, metavar="DATE", help=t("node.cli.today"))


def _letter(desk: CountyDesk, aggregate: str, record: str, code: str, staff: str) -> bytes:
    try:
        from shared.disputes.papers.kit.fonts import official
        from shared.disputes.papers.sheets import matter_letters

        font = str(official())
    except ImportError:
        raise HubProblem(t("forms.cli.no_library")) from None
    events = desk.matter_events(aggregate, record)
    known = matter_letters.possible(events)
    if code not in known:
        raise UsageProblem(t("matters.no_letter", letter=code, known="、".join(known) or "—"))
    latest, organisation = desk.hub.directory.latest(), desk.hub.directory.organisation()
    names: Mapping[str, str] = {office.id: organisation.display_name(office.id) for office in latest.offices()}
    state: Any = desk.acts.fold(aggregate, events)
    context = matter_letters.LetterContext(font, desk.acts.today(), names, desk.officers.demo(),
                                           county_rules(latest).matters, organisation.display_name,
                                           matter_letters.named(desk.opened(record, staff)) if staff else (),
                                           desk.officers.short_number(organisation, state.number, record))
    return matter_letters.letter(code, state, events, context)


def _save(path: str, pdf: bytes) -> None:
    Path(path).write_bytes(pdf)


def _alarms(desk: CountyDesk, args: argparse.Namespace) -> Any:
    offices = desk.below(args.office)
    with desk.officers.read() as db:
        found = due.all_due(db, args.today or desk.acts.today(), offices, now=None if args.today else desk.officers.now())
    return Answer(value=found, lines=(), table=[
        (row["due_date"], t(f"matters.{'overdue' if row['overdue'] else 'ring' if row['rings'] else 'due'}"),
         codes.name("clock", row["kind"]), row["number"] or row["id"],
         desk.office_name(row["owner"]) if row["owner"] else "", row["title"]) for row in found])
