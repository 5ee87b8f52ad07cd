"""`county-hub petition VERB HOME [ID]`, `county-hub legal-aid VERB HOME [ID]`: matters with statutory clocks of their own; and
`county-hub alarms HOME`: everything that is due, of all kinds.

    petition register HOME --as STAFF --set channel=letter_visit ... [--case CASE]      petition accept HOME ID --as STAFF
    petition print HOME ID --letter P02 --out notice.pdf
"""

from __future__ import annotations

import argparse
import functools
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from county_hub.commands.case_acts import draft_options, read_draft
from county_hub.composition import open_hub
from county_hub.county.acts import CountyActs
from county_hub.hub.hub import hub_home
from county_hub.hub.output import print_json, print_table
from county_hub.hub.problems import HubProblem, UsageProblem
from shared.disputes.kinds.registry import worded
from shared.disputes.records import verbs as matter_verbs
from shared.disputes.rules.county import county_rules
from shared.disputes.tables import due as read_model_matters
from shared.ledger import codes
from shared.ledger.days import day_argument
from shared.ledger.texts import t


def register(commands: Any) -> None:
    for aggregate, table in matter_verbs.VERBS.items():
        top = commands.add_parser(matter_verbs.COMMANDS[aggregate], help=t(f"matters.{aggregate}"))
        verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
        listing = _verb(verbs, "list", functools.partial(run_list, aggregate=aggregate), t("matters.list"))
        listing.add_argument("--open", action="store_true", help=t("recordcli.open"))
        listing.add_argument("--case", default="", metavar="CASE", help=t("matters.only_case"))
        show = _verb(verbs, "show", functools.partial(run_show, aggregate=aggregate), t("matters.show"))
        show.add_argument("record", metavar="ID")
        show.add_argument("--as", dest="staff", default="", metavar="STAFF", help=t("matters.opened"))
        _print_options(verbs, aggregate)
        for word, kind in table.items():
            made = _verb(verbs, word, functools.partial(run_step, aggregate=aggregate, kind=kind), t(f"records.{_key(kind)}"))
            draft_options(made)
            if word == "register":
                made.add_argument("--case", default="", metavar="CASE", help=t("matters.case"))
            else:
                made.add_argument("record", metavar="ID")
    alarms = commands.add_parser("alarms", help=t("matters.alarms"))
    alarms.add_argument("home", metavar="HOME")
    alarms.add_argument("--office", default="", metavar="ID", help=t("hub.cli.office"))
    alarms.add_argument("--today", type=day_argument, metavar="2026-11-26", help=t("node.cli.today"))
    alarms.add_argument("--json", action="store_true", help=t("hub.cli.json"))
    alarms.set_defaults(func=run_alarms)


def _verb(verbs: Any, name: str, run: Any, words: str) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = verbs.add_parser(name, help=words)
    made.add_argument("home", metavar="HOME")
    made.set_defaults(func=run)
    return made


def _key(kind: str) -> str:
    return kind.replace(".", "_", 1)


def _print_options(verbs: Any, aggregate: str) -> None:
    letters = "、".join(code for code in ("P01", "P02", "P03", "P04", "P05", "P06", "L01", "L02", "L03", "L04")
                       if code[0] == aggregate[0].upper())
    made = _verb(verbs, "print", functools.partial(run_print, aggregate=aggregate), t("matters.print", letters=letters))
    made.add_argument("record", metavar="ID")
    made.add_argument("--letter", required=True, metavar="P02", help=t("matters.letter"))
    made.add_argument("--as", dest="staff", default="", metavar="STAFF", help=t("matters.opened"))
    made.add_argument("--out", required=True, metavar="FILE.pdf", help=t("matters.print_out"))


def run_list(arguments: argparse.Namespace, aggregate: str) -> int:
    with open_hub(hub_home(arguments.home)) as hub:
        acts = CountyActs(hub)
        case = acts.officers.case_id(arguments.case) if arguments.case else ""
        with hub.projector.reader() as db:
            print_json(read_model_matters.rows(db, aggregate, open_only=arguments.open, limit=1000, case=case))
    return 0


def run_show(arguments: argparse.Namespace, aggregate: str) -> int:
    with open_hub(hub_home(arguments.home)) as hub:
        acts = CountyActs(hub)
        made = asdict(acts.fold(aggregate, _events(acts, arguments.record, aggregate)))
        opened = {"opened": acts.opened(arguments.record, arguments.staff)} if arguments.staff else {}
        print_json({**made, **acts.came_again(aggregate, arguments.record), **opened})
    return 0


def run_step(arguments: argparse.Namespace, aggregate: str, kind: str) -> int:
    draft = worded(kind, read_draft(arguments))
    with open_hub(hub_home(arguments.home)) as hub:
        acts = CountyActs(hub)
        record = getattr(arguments, "record", None)
        state = acts.fold(aggregate, _events(acts, record, aggregate)) if record else None
        if getattr(arguments, "case", ""):
            draft = {**draft, "case": acts.officers.case_id(arguments.case)}
        made = acts.record(kind, record, arguments.staff, matter_verbs.filled(kind, draft, state, hub.county), arguments.date)
        print_json({**asdict(made), **(acts.came_again(aggregate, made.id) if record is None else {})})
        if kind == "petition.registered" and draft.get("case"):
            _link(acts, str(draft["case"]), arguments.staff, made)
    return 0


def _link(acts: CountyActs, case: str, staff: str, petition: Any) -> None:
    """The case learns of the petition too (DOMAIN.md 7.7); that it may not be written there does not undo the petition."""
    try:
        acts.case("link_petition", case, staff, {"petition": petition.id, "number": petition.number})
    except HubProblem as refused:
        print(refused.sentence, file=sys.stderr)
    else:
        print(t("matters.linked", case=case), file=sys.stderr)


def _events(acts: CountyActs, record: str, aggregate: str) -> Any:
    try:
        return acts.events(record, aggregate)
    except UsageProblem:
        raise UsageProblem(t("matters.wrong_family", id=record, what=t(f"matters.{aggregate}").partition("：")[0])) from None


def run_print(arguments: argparse.Namespace, aggregate: str) -> int:
    try:
        from pylopdf_fonts_zh_cn import sans_path

        from shared.disputes.papers.sheets import matter_letters
    except ImportError:
        raise HubProblem(t("forms.cli.no_library")) from None
    with open_hub(hub_home(arguments.home)) as hub:
        acts = CountyActs(hub)
        events = _events(acts, arguments.record, aggregate)
        known, code = matter_letters.possible(events), arguments.letter.upper()
        if code not in known:
            raise UsageProblem(t("matters.no_letter", letter=code, known="、".join(known) or "—"))
        latest, organisation = hub.directory.latest(), hub.directory.organisation()
        names: Mapping[str, str] = {office.id: organisation.display_name(office.id) for office in latest.offices()}
        context = matter_letters.LetterContext(str(sans_path()), acts.today(), names, acts.officers.demo(),
                                               county_rules(latest).matters, organisation.display_name,
                                               matter_letters.named(acts.opened(arguments.record, arguments.staff))
                                               if arguments.staff else ())
        state: Any = acts.fold(aggregate, events)
        pdf = matter_letters.letter(code, state, events, context)
    if arguments.out == "-":
        sys.stdout.buffer.write(pdf)
    else:
        Path(arguments.out).write_bytes(pdf)
        print_json({"ok": True, "file": arguments.out, "bytes": len(pdf)})
    return 0


# --- everything that is due


def run_alarms(arguments: argparse.Namespace) -> int:
    with open_hub(hub_home(arguments.home)) as hub:
        acts = CountyActs(hub)
        if arguments.office and hub.directory.latest().office(arguments.office) is None:
            raise UsageProblem(t("hub.office.unknown", value=arguments.office))
        offices = acts.officers.with_lower(arguments.office) if arguments.office else None
        with hub.projector.reader() as db:
            found = read_model_matters.all_due(db, arguments.today or acts.today(), offices,
                                               now=None if arguments.today else acts.officers.now())
        organisation = hub.directory.organisation()
    if arguments.json:
        print_json(found)
        return 0
    print_table([
        (row["due_date"], t(f"matters.{'overdue' if row['overdue'] else 'ring' if row['rings'] else 'due'}"),
         codes.name("clock", row["kind"]),
         row["number"] or row["id"], organisation.display_name(row["owner"]) if row["owner"] else "", row["title"])
        for row in found])
    return 0
