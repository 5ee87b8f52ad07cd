"""`county-hub exchange export|import HOME --profile P`: enter once. The county's matters for other systems, and theirs for us.

    exchange export HOME --profile moj --format xlsx [--since 2026-01-01] [--out FILE] [--dry-run]
    exchange import HOME --profile plain --format xlsx FILE [--as STAFF] [--dry-run] [--refused FILE.xlsx]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from county_hub.composition import open_hub
from county_hub.county.acts import CountyActs
from county_hub.county.exchange_files import FORMATS
from county_hub.county.exchange_office import ExchangeOffice, Export, Import
from county_hub.hub.hub import hub_home
from county_hub.hub.output import print_json
from shared.disputes.exchange.mappings import PROFILES, profile
from shared.ledger.days import day_argument
from shared.ledger.texts import t

TOLD = 20           # refused rows told on the terminal; all of them stand in the workbook


def register(commands: Any) -> None:
    exchange = commands.add_parser("exchange", help=t("exchange.cli.about"))
    verbs = exchange.add_subparsers(dest="verb", required=True, metavar="VERB")
    out = verbs.add_parser("export", help=t("exchange.cli.export"))
    into = verbs.add_parser("import", help=t("exchange.cli.import"))
    for made in (out, into):
        made.add_argument("home", metavar="HOME")
        made.add_argument("--profile", required=True, choices=PROFILES, help=t("exchange.cli.profile"))
        made.add_argument("--format", required=True, choices=FORMATS, help=t("exchange.cli.format"))
        made.add_argument("--dry-run", action="store_true", help=t("exchange.cli.dry_run"))
        made.add_argument("--json", action="store_true", help=t("hub.cli.json"))
    out.add_argument("--since", type=day_argument, metavar="2026-01-01", help=t("exchange.cli.since"))
    out.add_argument("--out", type=Path, metavar="FILE", help=t("exchange.cli.out"))
    out.set_defaults(func=run_export)
    into.add_argument("file", type=Path, metavar="FILE", help=t("exchange.cli.file"))
    into.add_argument("--as", dest="staff", metavar="STAFF", help=t("exchange.cli.as"))
    into.add_argument("--refused", type=Path, metavar="FILE.xlsx", help=t("exchange.cli.refused"))
    into.set_defaults(func=run_import)


def run_export(arguments: argparse.Namespace) -> int:
    made = profile(arguments.profile)
    with open_hub(hub_home(arguments.home)) as hub:
        office = ExchangeOffice(CountyActs(hub), made)
        out = arguments.out or Path(f"exchange-{made.id}-{office.acts.today()}.{arguments.format}")
        kept = out.with_name(out.name + ".part")
        done = office.export(arguments.format, arguments.since, kept, _progress("export"))
    if not arguments.dry_run:
        beside = out.with_name(out.name + ".new")
        beside.write_bytes(done.content)
        beside.replace(out)
    kept.unlink(missing_ok=True)
    if arguments.json:
        print_json({"profile": made.id, "version": made.version, "state": made.state, "rows": done.rows,
                    "withheld": done.withheld, "dry_run": arguments.dry_run, "file": None if arguments.dry_run else str(out),
                    "losses": [dict(zip(("heading", "value", "loss", "rows"), loss, strict=True)) for loss in done.losses]})
        return 0
    print(t("exchange.dry_export" if arguments.dry_run else "exchange.exported", file=out, rows=done.rows, name=made.name,
            version=made.version))
    _tell_export(done, made.state)
    return 0


def _tell_export(done: Export, state: str) -> None:
    if state == "unconfirmed":
        print(t("exchange.unconfirmed"))
    if done.withheld:
        print(t("exchange.withheld", n=done.withheld))
    for head, value, loss, rows in done.losses:
        print(t("exchange.loss", head=head, value=value, loss=loss, rows=rows))


def run_import(arguments: argparse.Namespace) -> int:
    made = profile(arguments.profile)
    with open_hub(hub_home(arguments.home)) as hub:
        office = ExchangeOffice(CountyActs(hub), made)
        staff = office.person(arguments.staff)
        done = office.read(arguments.file, arguments.format, staff, _progress("import"))
        refused = arguments.refused or arguments.file.with_name(f"{arguments.file.stem}{t('exchange.refused_name')}.xlsx")
        if done.refused:
            refused.write_bytes(office.refused_book(done))
        elif not arguments.dry_run:
            office.write(done)
    if arguments.json:
        print_json({"profile": made.id, "version": made.version, "rows": done.rows, "ready": len(done.ready), "known": done.known,
                    "imported": len(done.written), "cases": list(done.written), "as": staff, "dry_run": arguments.dry_run,
                    "left": [{"line": line, "reason": why} for line, why in done.left], "unread_headings": list(done.unread),
                    "refused": [{"line": one.line, "reasons": [fault.reason for fault in one.faults]} for one in done.refused],
                    "refused_file": str(refused) if done.refused else None})
    else:
        _tell_import(done, arguments.dry_run, staff)
    if not done.refused:
        return 0
    print(t("exchange.refused", n=len(done.refused), rows=done.rows), t("exchange.refused_file", file=refused), file=sys.stderr)
    return 1


def _tell_import(done: Import, dry: bool, staff: str) -> None:
    if done.unread:
        print(t("exchange.unread", heads="、".join(done.unread)))
    if done.known:
        print(t("exchange.known", n=done.known))
    for line, why in done.left[:TOLD]:
        print(t("exchange.line", line=line, reason=why))
    for one in done.refused[:TOLD]:
        reasons = "；".join(t("exchange.at", head=fault.head, reason=fault.reason) if fault.head else fault.reason
                           for fault in one.faults)
        print(t("exchange.line", line=one.line, reason=reasons))
    if not done.refused:
        print(t("exchange.dry_import" if dry else "exchange.imported", n=len(done.ready), staff=staff))


def _progress(key: str) -> Callable[[int, int], None]:
    """n of total on stderr: rewritten in place on a terminal, a line each tenth elsewhere."""
    told = [0]

    def show(done: int, total: int) -> None:
        line = t(f"exchange.progress_{key}", done=done, total=total)
        if sys.stderr.isatty():
            print("\r\x1b[K" + line, end="\n" if done >= total else "", file=sys.stderr, flush=True)
        elif done * 10 // total > told[0]:
            told[0] = done * 10 // total
            print(line, file=sys.stderr, flush=True)

    return show
