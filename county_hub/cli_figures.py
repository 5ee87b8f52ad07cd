"""`county-hub report` and `county-hub demo-years`: the county's figures, and the years to try them with."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from county_hub.cli_output import print_json
from county_hub.composition import hub_home, open_hub
from county_hub.demo_years import load_years, years_of
from shared.texts import t


def register(commands: Any) -> None:
    demo = commands.add_parser("demo-years", help=t("figures.cli.demo_years"))
    demo.add_argument("home", metavar="HOME")
    demo.add_argument("--years", default="2018,2019", metavar="2018,2019", help=t("figures.cli.years"))
    demo.add_argument("--json", action="store_true", help=t("hub.cli.json"))
    demo.set_defaults(func=run_demo_years)


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
