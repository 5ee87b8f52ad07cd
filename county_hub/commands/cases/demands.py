"""`county-hub demand list|show|accept|answer|return`: what citizens handed in over the portal, without the console."""

from __future__ import annotations

import argparse
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from county_hub.commands.program import KIT
from county_hub.county import demand_office
from county_hub.county.desk import CountyDesk
from county_hub.demands.store import WAITING
from county_hub.hub.problems import UsageProblem
from county_hub.hub.safe.private_file import write_private
from shared.commands.arguments import day_argument, whole_argument
from shared.commands.output import Answer
from shared.ledger import codes
from shared.ledger.days import full_day, local_time
from shared.ledger.texts import t


def register(commands: Any) -> None:
    verbs = KIT.group(commands, "demand", t("demand.cli"))
    listing = KIT.verb(verbs, "list", t("demand.cli_list"), _list)
    listing.add_argument("--all", action="store_true", help=t("demand.cli_all"))
    show = KIT.verb(verbs, "show", t("demand.cli_show"), _show)
    _number(show)
    show.add_argument("--photos", default="", metavar="DIR", help=t("demand.cli_photos"))
    accept = KIT.verb(verbs, "accept", t("demand.cli_accept"), _accept)
    _number(accept)
    KIT.staff(accept)
    accept.add_argument("--category", default="", choices=["", *codes.names("category")], metavar="CODE",
                        help=t("demand.cli_category"))
    accept.add_argument("--respondent", default="", metavar="NAME", help=t("demand.cli_respondent"))
    answer = KIT.verb(verbs, "answer", t("demand.cli_answer"), _answer)
    _number(answer)
    KIT.staff(answer)
    answer.add_argument("--answer", required=True, metavar="TEXT", help=t("demand.cli_text"))
    answer.add_argument("--question", default="", metavar="TEXT", help=t("demand.cli_question"))
    answer.add_argument("--by", default="", metavar="NAME", help=t("demand.cli_by"))
    answer.add_argument("--commitment", default="", metavar="TEXT", help=t("demand.cli_commitment"))
    answer.add_argument("--due", type=day_argument, metavar="DATE", help=t("demand.cli_due"))
    back = KIT.verb(verbs, "return", t("demand.cli_return"), _return)
    _number(back)
    KIT.staff(back)
    back.add_argument("--reason", required=True, metavar="TEXT", help=t("demand.cli_reason"))


def _number(parser: Any) -> None:
    parser.add_argument("n", type=whole_argument(1, 10**12), metavar="N", help=t("demand.cli_number"))


def _list(desk: CountyDesk, args: argparse.Namespace) -> Any:
    with closing(demand_office.opened_demands(desk.hub)) as demands:
        rows = demands.page("" if args.all else WAITING, limit=-1)
    return Answer(value=[asdict(row) for row in rows], lines=[] if rows else [t("demand.none")], table=[
        (str(row.n), local_time(row.at), t(f"demand.state_{row.state}"), t(f"demand.kind_{row.category}"), row.name,
         row.text[:30]) for row in rows])


def _show(desk: CountyDesk, args: argparse.Namespace) -> Any:
    with closing(demand_office.opened_demands(desk.hub)) as demands:
        demand, photos = demands.get(args.n), demands.photos(args.n)
    if demand is None:
        raise UsageProblem(t("demand.unknown", n=args.n))
    saved = []
    if args.photos:
        folder = Path(args.photos)
        folder.mkdir(parents=True, exist_ok=True)
        for place, data in enumerate(photos, 1):
            path = folder / f"{args.n}-{place}.jpg"
            write_private(path, data)
            saved.append(str(path))
    lines = [f"{demand.n}  {full_day(local_time(demand.at))}  {t(f'demand.state_{demand.state}')}",
             f"{demand.name}  {demand.phone}  {desk.office_name(demand.office) if demand.office else ''} {demand.place}",
             demand.text, *filter(None, [demand.answer]), *saved]
    return Answer(value={**asdict(demand), "saved": saved}, lines=lines)


def _accept(desk: CountyDesk, args: argparse.Namespace) -> Any:
    said = {"category": args.category, "subcategory": ""} if args.category else {}
    with closing(demand_office.opened_demands(desk.hub)) as demands:
        demand = demand_office.accept(desk.acts, demands, args.n, args.staff, {**said, "respondent": args.respondent.strip()})
    number = desk.officers.short_number(desk.officers.organisation(), desk.acts.state(demand.case_id).number, demand.case_id)
    return Answer(value=asdict(demand), lines=[t("demand.accepted", number=number)])


def _answer(desk: CountyDesk, args: argparse.Namespace) -> Any:
    said = {name: getattr(args, name) for name in ("answer", "question", "by", "commitment", "due")}
    draft = {name: value for name, value in said.items() if value}
    with closing(demand_office.opened_demands(desk.hub)) as demands:
        demand = demand_office.answer(desk.acts, demands, args.n, args.staff, draft)
    return Answer(value=asdict(demand), lines=[t("demand.answered")])


def _return(desk: CountyDesk, args: argparse.Namespace) -> Any:
    with closing(demand_office.opened_demands(desk.hub)) as demands:
        demand = demand_office.send_back(desk.acts, demands, args.n, args.staff, args.reason)
    return Answer(value=asdict(demand), lines=[t("demand.returned")])
