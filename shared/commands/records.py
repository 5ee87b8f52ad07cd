"""`PROGRAM record kinds|list|show|warnings|write HOME`: hazards, sweeps, small services, talk items, panels, referrals and the
other things beside cases.

    record kinds HOME [AGGREGATE]                   the steps there are
    record list HOME [AGGREGATE] [--open]           record show HOME ID        record warnings HOME
    record write HOME hazard.reported --as STAFF --set title=...           opens one and prints it
    record write HOME hazard.assessed ID --as STAFF --json draft.json      takes a step
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any, TypeVar

from shared.commands.arguments import Unusable, whole_argument
from shared.commands.desk import Desk
from shared.commands.kit import Kit, Run
from shared.disputes.kinds.registry import worded
from shared.disputes.records import aggregates
from shared.ledger.texts import t

D = TypeVar("D", bound=Desk)
_MOST = 10**9


def add(kit: Kit[D], commands: Any) -> None:
    verbs = kit.group(commands, "record", t("recordcli.about"))
    _aggregate(kit.unopened(verbs, "kinds", t("recordcli.kinds"), _kinds))
    listing = kit.verb(verbs, "list", t("recordcli.list"), _list)
    _aggregate(listing)
    list_options(listing)
    listing.add_argument("--limit", type=whole_argument(1, _MOST), default=1000, metavar="N", help=t("commands.limit"))
    listing.add_argument("--offset", type=whole_argument(0, _MOST), default=0, metavar="N", help=t("commands.offset"))
    shown = kit.verb(verbs, "show", t("recordcli.show"), _show(kit))
    record_option(shown)
    shown.add_argument("--as", dest="staff", default="", metavar="STAFF", help=t("recordcli.as"))
    kit.verb(verbs, "warnings", t("recordcli.warnings"), _warnings)
    kit.act(verbs, "write", t("recordcli.write"), _write(kit), on=_written)


def record_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("record", metavar="ID", help=t("commands.record"))


def list_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--open", action="store_true", help=t("recordcli.open"))
    parser.add_argument("--case", default="", metavar="CASE", help=t("matters.only_case"))


def _aggregate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("aggregate", nargs="?", default="", metavar="AGGREGATE", help=t("commands.aggregate"))


def _written(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", metavar="KIND", help=t("recordcli.kind"))
    parser.add_argument("record", nargs="?", metavar="ID", help=t("commands.record"))


def _known(aggregate: str) -> str:
    if aggregate and aggregate not in aggregates.NAMES:
        raise Unusable(t("recordcli.no_aggregate", value=aggregate, known="、".join(aggregates.NAMES)))
    return aggregate


def _kinds(args: argparse.Namespace) -> Any:
    return aggregates.kinds(_known(args.aggregate))


def _list(desk: Desk, args: argparse.Namespace) -> Any:
    return desk.records(_known(args.aggregate), open_only=args.open, limit=args.limit, offset=args.offset, case=args.case)


def _left_out(said: str) -> dict[str, str]:
    return {"left_out": said} if said else {}


def _show(kit: Kit[D]) -> Run[D]:
    def run(desk: D, args: argparse.Namespace) -> Any:
        made = {**asdict(desk.record(args.record)), **_left_out(desk.left_out(args.record))}
        return {**made, "opened": desk.opened(args.record, kit.who(desk, args))} if args.staff else made

    return run


def _warnings(desk: Desk, args: argparse.Namespace) -> Any:
    return desk.record_warnings()


def _write(kit: Kit[D]) -> Any:
    def run(desk: D, args: argparse.Namespace, draft: dict[str, Any]) -> Any:
        made = desk.write_record(args.kind, kit.who(desk, args), args.record, worded(args.kind, draft), files=kit.files(args),
                                 legal_date=args.date)
        return asdict(made)

    return run
