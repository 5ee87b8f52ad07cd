"""`village-node petition VERB HOME [ID]`, `village-node legal-aid VERB HOME [ID]`: matters with statutory clocks, also offline.

    petition register HOME --as STAFF --set channel=letter_visit ... [--case CASE]      petition accept HOME ID --as STAFF
    legal-aid register HOME --as STAFF --set matter=wages --set summary=...  petition print HOME ID --letter P02 --out FILE
"""

from __future__ import annotations

import argparse
import functools
import sys
from dataclasses import asdict
from typing import Any

from shared.disputes.kinds import registry as bodies
from shared.disputes.records import verbs as matter_verbs
from shared.ledger.texts import t
from village_node.commands.case import _draft_options, _files, read_draft
from village_node.commands.home import add_home, show


def add_commands(commands: Any) -> None:
    for aggregate, table in matter_verbs.VERBS.items():
        top = commands.add_parser(matter_verbs.COMMANDS[aggregate], help=t(f"matters.{aggregate}"))
        verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB", parser_class=type(top))
        listing = verbs.add_parser("list", help=t("matters.list"))
        add_home(listing)
        listing.add_argument("--open", action="store_true", help=t("recordcli.open"))
        listing.add_argument("--case", default="", metavar="CASE", help=t("matters.only_case"))
        listing.set_defaults(run=functools.partial(run_list, aggregate=aggregate))
        shown = verbs.add_parser("show", help=t("matters.show"))
        add_home(shown)
        shown.add_argument("record", metavar="ID")
        shown.add_argument("--as", dest="staff", default="", metavar="STAFF", help=t("matters.opened"))
        shown.set_defaults(run=functools.partial(run_show, aggregate=aggregate))
        _print_options(verbs, aggregate)
        for word, kind in table.items():
            made = verbs.add_parser(word, help=t(f"records.{kind.replace('.', '_', 1)}"))
            add_home(made)
            if word == "register":
                made.add_argument("--case", default="", metavar="CASE", help=t("matters.case"))
            else:
                made.add_argument("record", metavar="ID")
            _draft_options(made)
            made.set_defaults(run=functools.partial(run_step, aggregate=aggregate, kind=kind))


def _print_options(verbs: Any, aggregate: str) -> None:
    letters = "、".join(f"P0{n}" for n in range(1, 7)) if aggregate == "petition" else "、".join(f"L0{n}" for n in range(1, 5))
    made = verbs.add_parser("print", help=t("matters.print", letters=letters))
    add_home(made)
    made.add_argument("record", metavar="ID")
    made.add_argument("--letter", required=True, metavar="P02", help=t("matters.letter"))
    made.add_argument("--as", dest="staff", default="", metavar="STAFF", help=t("matters.opened"))
    made.add_argument("--out", required=True, metavar="FILE.pdf", help=t("matters.print_out"))
    made.set_defaults(run=functools.partial(run_print, aggregate=aggregate))


def run_list(args: argparse.Namespace, aggregate: str) -> int:
    from village_node import composition

    with composition.open_desk(args.home, key_file=args.key_file) as desk:
        show(desk.records(aggregate, open_only=args.open, case=args.case))
    return 0


def run_show(args: argparse.Namespace, aggregate: str) -> int:
    from village_node import composition

    with composition.open_desk(args.home, key_file=args.key_file) as desk:
        made = asdict(desk.matter(aggregate, args.record))
        opened = {"opened": desk.opened(args.record, args.staff)} if args.staff else {}
        show({**made, **desk.came_again(aggregate, args.record), **opened})
    return 0


def run_step(args: argparse.Namespace, aggregate: str, kind: str) -> int:
    from village_node import composition

    draft, record = bodies.worded(kind, read_draft(args)), getattr(args, "record", None)
    with composition.open_desk(args.home, key_file=args.key_file) as desk:
        staff = desk.people.acting(args.staff or desk.only_staff())
        state, said = desk.write_matter(aggregate, kind, staff, record, draft, case=getattr(args, "case", ""), files=_files(args),
                                        legal_date=args.date)
        show({**asdict(state), **(desk.came_again(aggregate, state.id) if record is None else {})})
    if said:
        print(said, file=sys.stderr)
    return 0


def run_print(args: argparse.Namespace, aggregate: str) -> int:
    from village_node import composition
    from village_node.papers import matter_letters as matter_papers
    from village_node.papers.printing import save

    with composition.open_desk(args.home, key_file=args.key_file) as desk:
        pdf = matter_papers.letter(desk, aggregate, args.record, args.letter.upper(), args.staff)
    if args.out == "-":
        sys.stdout.buffer.write(pdf)
    else:
        save(args.out, pdf)
        show({"ok": True, "file": args.out, "bytes": len(pdf)})
    return 0
