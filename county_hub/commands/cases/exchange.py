"""`county-hub exchange export|import HOME --profile P`: enter once. The county's matters for other systems, and theirs for us.

    exchange export HOME --profile moj --format xlsx [--since 2026-01-01] [--out FILE] [--dry-run]
    exchange handed|show|accept|return HOME [BATCH]       rows that another system handed in over the interface
    exchange import HOME --profile plain --format xlsx FILE [--as STAFF] [--dry-run] [--refused FILE.xlsx]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from county_hub.commands.program import KIT
from county_hub.commands.systems import batches
from county_hub.county.desk import CountyDesk
from county_hub.county.exchange_files import FORMATS
from county_hub.county.exchange_office import ExchangeOffice, Export, Import, Refused, sentence
from county_hub.county.exchange_profiles import profile_of
from shared.commands.arguments import day_argument
from shared.commands.output import Answer
from shared.disputes.exchange.mappings import PROFILES, Profile
from shared.ledger.texts import t
from shared.whole_file import AS_USUAL, write_whole

TOLD = 20           # refused rows told on the terminal; all of them stand in the workbook


def register(commands: Any) -> None:
    verbs = KIT.group(commands, "exchange", t("exchange.cli.about"))
    out = KIT.verb(verbs, "export", t("exchange.cli.export"), _export)
    into = KIT.verb(verbs, "import", t("exchange.cli.import"), _import)
    for made in (out, into):
        made.add_argument("--profile", required=True, choices=PROFILES, help=t("exchange.cli.profile"))
        made.add_argument("--format", required=True, choices=FORMATS, help=t("exchange.cli.format"))
        made.add_argument("--dry-run", action="store_true", help=t("exchange.cli.dry_run"))
    out.add_argument("--since", type=day_argument, metavar="2026-01-01", help=t("exchange.cli.since"))
    out.add_argument("--out", type=Path, metavar="FILE", help=t("exchange.cli.out"))
    batches.register(verbs)
    into.add_argument("file", type=Path, metavar="FILE", help=t("exchange.cli.file"))
    into.add_argument("--as", dest="staff", metavar="STAFF", help=t("exchange.cli.as"))
    into.add_argument("--refused", type=Path, metavar="FILE.xlsx", help=t("exchange.cli.refused"))


def _profile(desk: CountyDesk, name: str) -> Profile:
    made, file = profile_of(desk.hub.home.root, name)
    if file is not None:
        print(t("exchange.overlay.used", file=file), file=sys.stderr)
    return made


def _export(desk: CountyDesk, arguments: argparse.Namespace) -> Answer:
    made = _profile(desk, arguments.profile)
    office = ExchangeOffice(desk.acts, made)
    out = arguments.out or Path(f"exchange-{made.id}-{desk.acts.today()}.{arguments.format}")
    kept = out.with_name(out.name + ".part")
    done = office.export(arguments.format, arguments.since, kept, _progress("export"))
    if not arguments.dry_run:
        write_whole(out, (done.content,), AS_USUAL)
    kept.unlink(missing_ok=True)
    key = "dry_export" if arguments.dry_run else "exported"
    first = t(f"exchange.{key}", file=out, rows=done.rows, name=made.name, version=made.version)
    return Answer(lines=[first, *_export_lines(done, made)], value={
        "profile": made.id, "version": made.version, "state": made.state, "rows": done.rows, "withheld": done.withheld,
        "dry_run": arguments.dry_run, "file": None if arguments.dry_run else str(out),
        "losses": [dict(zip(("heading", "value", "loss", "rows"), loss, strict=True)) for loss in done.losses]})


def _export_lines(done: Export, made: Profile) -> Iterator[str]:
    if made.state == "unconfirmed":
        yield t("exchange.unconfirmed")
    if done.withheld:
        yield t("exchange.withheld", n=done.withheld)
    for head, value, loss, rows in done.losses:
        yield t("exchange.loss", head=head, value=value, loss=loss, rows=rows)


def _import(desk: CountyDesk, arguments: argparse.Namespace) -> Answer:
    made = _profile(desk, arguments.profile)
    office = ExchangeOffice(desk.acts, made)
    staff = office.person(arguments.staff)
    done = office.read(arguments.file, arguments.format, staff, _progress("import"))
    refused = arguments.refused or arguments.file.with_name(f"{arguments.file.stem}{t('exchange.refused_name')}.xlsx")
    if done.refused:
        refused.write_bytes(office.refused_book(done))
    elif not arguments.dry_run:
        office.write(done)
    notes = [t("exchange.refused", n=len(done.refused), rows=done.rows) + t("exchange.refused_file", file=refused)]
    return Answer(code=1 if done.refused else 0, notes=notes if done.refused else (),
                  lines=list(_import_lines(done, arguments.dry_run, staff)), value={
        "profile": made.id, "version": made.version, "rows": done.rows, "ready": len(done.ready), "known": done.known,
        "imported": len(done.written), "cases": list(done.written), "as": staff, "dry_run": arguments.dry_run,
        "left": [{"line": line, "reason": why} for line, why in done.left], "unread_headings": list(done.unread),
        "refused": [{"line": one.line, "reasons": [fault.reason for fault in one.faults]} for one in done.refused],
        "refused_file": str(refused) if done.refused else None})


def _import_lines(done: Import, dry: bool, staff: str) -> Iterator[str]:
    if done.unread:
        yield t("exchange.unread", heads="、".join(done.unread))
    if done.known:
        yield t("exchange.known", n=done.known)
    for line, why in done.left[:TOLD]:
        yield t("exchange.line", line=line, reason=why)
    for one in done.refused[:TOLD]:
        yield t("exchange.line", line=one.line, reason=_reasons(one))
    if not done.refused:
        yield t("exchange.dry_import" if dry else "exchange.imported", n=len(done.ready), staff=staff)


def _reasons(one: Refused) -> str:
    return "；".join(map(sentence, one.faults))


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
