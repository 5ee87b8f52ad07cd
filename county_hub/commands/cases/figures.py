"""`county-hub report` and `county-hub demo-years`: the county's figures, and the years to try them with."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from county_hub.commands.program import KIT
from county_hub.county.desk import CountyDesk
from county_hub.demo.grids import load_grids
from county_hub.demo.present import load_present
from county_hub.demo.years import load_this_year, load_years, years_of
from county_hub.hub.problems import UsageProblem
from county_hub.report import report_forms
from county_hub.service.reports import report_of
from shared.commands.arguments import name_argument
from shared.commands.arguments import year as year_of
from shared.commands.output import Answer, said
from shared.ledger import periods
from shared.ledger.days import local_date
from shared.ledger.texts import t
from shared.whole_file import AS_USUAL, write_whole


def register(commands: Any) -> None:
    demo = KIT.verb(commands, "demo-years", t("figures.cli.demo_years"), _demo_years)
    demo.add_argument("--years", default="2018,2019", metavar="2018,2019", help=t("figures.cli.years"))
    demo.add_argument("--grids", action="store_true", help=t("figures.cli.demo_grids"))
    demo.add_argument("--present", action="store_true", help=t("figures.cli.demo_present"))
    report = KIT.verb(commands, "report", t("figures.cli.report"), _report)
    when = report.add_mutually_exclusive_group(required=True)
    when.add_argument("--year", metavar="2019", help=t("figures.cli.year"))
    when.add_argument("--period", metavar="2026-Q4", help=t("figures.cli.period"))
    report.add_argument("--internal", action="store_true", help=t("figures.cli.internal"))
    report.add_argument("--made-by", default="", type=name_argument, metavar="NAME", help=t("figures.cli.made_by"))
    report.add_argument("--checked-by", default="", type=name_argument, metavar="NAME", help=t("figures.cli.checked_by"))
    report.add_argument("--format", choices=("json", *report_forms.WRITERS), help=t("figures.cli.format"))
    report.add_argument("--out", type=Path, metavar="FILE", help=t("figures.cli.out"))


def _report(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    span = _span(arguments)
    if span.start > local_date(desk.hub.clock()):
        raise UsageProblem(t("figures.report.future", value=span.words()))
    made = report_of(desk.hub, span.year, span, internal=arguments.internal)
    made.update(made_by=arguments.made_by, checked_by=arguments.checked_by)
    if arguments.format is None and arguments.out is None:
        return said(*report_forms.lines(made))
    form = arguments.format or "json"
    if form == "json" and arguments.out is None:
        return made
    content = _json(made) if form == "json" else report_forms.WRITERS[form](made)
    target = arguments.out or Path(f"report-{span.text}{'-internal' if arguments.internal else ''}.{form}")
    write_whole(target, (content,), AS_USUAL)
    return said(t("figures.report.written", file=target))


def _span(arguments: argparse.Namespace) -> periods.Span:
    try:
        return periods.parse(arguments.period or f"{year_of(arguments.year):04d}")
    except periods.BadPeriod as wrong:
        raise UsageProblem(str(wrong)) from None


def _json(made: Any) -> bytes:
    return json.dumps(made, ensure_ascii=False, indent=2).encode() + b"\n"


def _demo_years(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    years = years_of(arguments.years)
    loaded = load_years(desk.hub, years, _progress())
    if arguments.present:
        loaded += load_this_year(desk.hub, _progress())
        load_present(desk.hub)
    grids = [t("figures.demo.grids", n=load_grids(desk.hub))] if arguments.grids else []
    return Answer(value=[asdict(year) for year in loaded], lines=[
        *grids,
        *(t("figures.demo.done", **asdict(year)) for year in loaded),
        t("figures.demo.next", home=arguments.home, year=years[-1])])


def _progress() -> Callable[[str, int, int], None]:
    """n of total, rate and time left on stderr: rewritten in place on a terminal, a line each tenth elsewhere."""
    began: dict[str, tuple[float, int]] = {}
    told: dict[str, int] = {}

    def show(stage: str, done: int, total: int) -> None:
        now = time.monotonic()
        start, first = began.setdefault(stage, (now, done))
        spent = now - start
        rate = (done - first) / spent if spent > 0 else 0.0
        left = f"{(total - done) / rate:.0f}" if rate > 0 else "?"
        line = t("figures.demo.progress", stage=t(f"figures.demo.{stage}"), done=done, total=total, rate=f"{rate:.0f}", left=left)
        if sys.stderr.isatty():
            print("\r\x1b[K" + line, end="\n" if done >= total else "", file=sys.stderr, flush=True)
        elif total and done * 10 // total > told.get(stage, -1):
            told[stage] = done * 10 // total
            print(line, file=sys.stderr, flush=True)

    return show
