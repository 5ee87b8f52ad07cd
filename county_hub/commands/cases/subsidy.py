"""`county-hub subsidy table|compute|list|publicise|approve|pay HOME`: the per-case subsidy of a period (以案定补).

    subsidy compute HOME --period 2026-H2             what each claim is due by the county's table, and what it lacks
    subsidy publicise HOME --period 2026-H2 --as STAFF [--end DATE]      subsidy approve ...      subsidy pay ...
Single steps (first check, grade, refusal, claw-back) are verbs of `county-hub case`.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import asdict
from typing import Any

from county_hub.commands.program import KIT
from county_hub.county.desk import CountyDesk
from county_hub.county.subsidy_office import Line, SubsidyOffice, period
from shared.commands.arguments import day_argument
from shared.commands.output import Answer
from shared.disputes.advice import subsidy
from shared.ledger import codes
from shared.ledger.texts import t


def register(commands: Any) -> None:
    verbs = KIT.group(commands, "subsidy", t("subsidycli.about"))
    table = KIT.verb(verbs, "table", t("subsidycli.table"), _table)
    table.set_defaults(asks=_in_words)
    table.add_argument("--sample", action="store_true", help=t("subsidycli.sample"))
    for name in ("compute", "list", "publicise", "approve", "pay"):
        made = KIT.verb(verbs, name, t(f"subsidycli.{name}"), _list if name in ("compute", "list") else _act)
        made.add_argument("--period", required=True, metavar="2026-H2", help=t("subsidycli.period"))
        if name in ("compute", "list"):
            known = "、".join(f"{code} {words}" for code, words in codes.names("subsidy_state").items())
            made.add_argument("--state", default="", choices=("", *codes.names("subsidy_state")), metavar="STATE",
                              help=t("subsidycli.state", known=known))
            continue
        KIT.staff(made)
        made.add_argument("--end" if name == "publicise" else "--on", dest="date", type=day_argument, metavar="DATE",
                          help=t("commands.date"))


def _table(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    office = SubsidyOffice(desk.acts)
    rules = subsidy.sample() if arguments.sample else office.rules
    return {**asdict(rules), "from": "sample" if arguments.sample else office.source}


def _in_words(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    """The table as a page shows it."""
    office = SubsidyOffice(desk.acts)
    rules = subsidy.sample() if arguments.sample else office.rules
    rows = [(codes.name("subsidy_grade", grade), t("subsidycli.yuan", yuan=_yuan(fen)) if fen else t("subsidycli.not_set"),
             "、".join(codes.name("document", code) for code in rules.papers.get(grade, ())))
            for grade, fen in rules.amount_fen.items()]
    own = t("subsidycli.sample_words") if arguments.sample else office.fault or (
        t("subsidycli.own_words", source=_source(rules.source)) if any(rules.amount_fen.values()) else t("subsidycli.none_words"))
    cap = [t("subsidycli.cap", yuan=_yuan(rules.yearly_cap_fen))] if rules.yearly_cap_fen else []
    return Answer(table=rows, lines=[own, *cap, t("subsidycli.once", months=rules.same_dispute_months),
                                     t("subsidycli.shown_days", n=rules.publicity_workdays)])


def _source(text: str) -> str:
    """Who set it, for an officer."""
    from county_hub.console.render import source

    return source(text)


def _list(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    start, end = period(arguments.period)
    office = SubsidyOffice(desk.acts)
    lines = [line for line in office.lines(start, end) if arguments.state in ("", line.state)]
    names = {staff: office.acts.officers.staff_name(staff) for line in lines for staff in line.parts}
    return _listed(arguments.period, office, lines, names)


def _act(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    start, end = period(arguments.period)
    office = SubsidyOffice(desk.acts)
    lines = office.lines(start, end)
    if arguments.verb == "publicise":
        done = office.publicise(lines, arguments.staff, arguments.date)
    elif arguments.verb == "approve":
        done = office.approve(lines, arguments.staff)
    else:
        done = office.pay(lines, arguments.staff, office.acts.date(arguments.date))
    return Answer(value=[asdict(line) for line in done],
                  lines=[t("subsidycli.done", n=len(done), yuan=_yuan(sum(line.amount_fen for line in done)))],
                  notes=[t("subsidycli.left", number=number, why=why) for number, why in office.left])


def _listed(period: str, office: SubsidyOffice, lines: list[Line], names: dict[str, str]) -> Answer:
    people: Counter[str] = Counter()
    for line in lines:
        people.update(line.parts)

    def shares(line: Line) -> str:
        return "；".join(f"{names.get(who, who)} {_yuan(fen)}" for who, fen in line.parts.items())

    value = {"period": period, "source": office.rules.source, "lines": [asdict(line) for line in lines],
             "mediators": dict(people), "total_fen": sum(people.values())}
    return Answer(value=value, table=[
        (line.number or line.case, line.claimed_on, codes.name("subsidy_state", line.state),
         codes.name("subsidy_grade", line.grade), _yuan(line.amount_fen), shares(line),
         "、".join(line.lacking) or t("subsidycli.complete")) for line in lines],
        lines=[*_faults(office), t("subsidycli.total", n=len(lines), yuan=_yuan(sum(people.values())),
                                   source=_source(office.rules.source))])


def _faults(office: SubsidyOffice) -> list[str]:
    return [office.fault] if office.fault else []


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"
