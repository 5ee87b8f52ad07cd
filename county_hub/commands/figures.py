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

from county_hub.composition import open_hub
from county_hub.demo.years import load_years, years_of
from county_hub.hub.hub import hub_home
from county_hub.hub.output import print_json
from county_hub.hub.problems import UsageProblem
from county_hub.report import report_forms
from county_hub.service.reports import report_of
from shared.ledger.days import local_date
from shared.ledger.texts import t


def register(commands: Any) -> None:
    demo = commands.add_parser("demo-years", help=t("figures.cli.demo_years"))
    demo.add_argument("home", metavar="HOME")
    demo.add_argument("--years", default="2018,2019", metavar="2018,2019", help=t("figures.cli.years"))
    demo.add_argument("--json", action="store_true", help=t("hub.cli.json"))
    demo.set_defaults(func=run_demo_years)
    report = commands.add_parser("report", help=t("figures.cli.report"))
    report.add_argument("home", metavar="HOME")
    report.add_argument("--year", required=True, metavar="2019", help=t("figures.cli.year"))
    report.add_argument("--format", choices=("json", *report_forms.WRITERS), help=t("figures.cli.format"))
    report.add_argument("--out", type=Path, metavar="FILE", help=t("figures.cli.out"))
    report.set_defaults(func=run_report)


def run_report(arguments: argparse.Namespace) -> int:
    with open_hub(hub_home(arguments.home)) as hub:
        year = year_of(arguments.year, local_date(hub.clock()))
        made = report_of(hub, year)
    if arguments.format is None and arguments.out is None:
        report_forms.show(made)
        return 0
    form = arguments.format or "json"
    if form == "json":
        content = json.dumps(made, ensure_ascii=False, indent=2).encode() + b"\n"
        if arguments.out is None:
            print(content.decode(), end="")
            return 0
    else:
        content = report_forms.WRITERS[form](made)
    target = arguments.out or Path(f"report-{year}.{form}")
    _replace(target, content)
    print(t("figures.report.written", file=target))
    return 0


def year_of(text: str, today: str) -> int:
    """Raises `UsageProblem` for what is no year, or one that has not begun."""
    if not (text.isascii() and text.isdigit() and len(text) == 4 and int(text) >= 1000):
        raise UsageProblem(t("figures.report.bad_year", value=text))
    if text > today[:4]:
        raise UsageProblem(t("figures.report.future", value=text))
    return int(text)


def _replace(target: Path, content: bytes) -> None:
    """The old file or the whole new one, never half."""
    beside = target.with_name(target.name + ".new")
    beside.write_bytes(content)
    beside.replace(target)


def run_demo_years(arguments: argparse.Namespace) -> int:
    years = years_of(arguments.years)
    with open_hub(hub_home(arguments.home)) as hub:
        loaded = load_years(hub, years, _progress())
    if arguments.json:
        print_json([asdict(year) for year in loaded])
        return 0
    for year in loaded:
        print(t("figures.demo.done", **asdict(year)))
    print(t("figures.demo.next", home=arguments.home, year=years[-1]))
    return 0


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
