"""`village-node case VERB HOME ...`: every use case of the desk without a screen.

    case register HOME --as STAFF --json draft.json [--file ditch.jpg ...]
    case list HOME [--open] [--text 水渠]          case show HOME CASE
    case escalate HOME CASE --as STAFF --set reason=...          any other verb of the desk alike
The answer is JSON: the case as it then stands. A draft is a file, `-` for stdin, and/or `--set FIELD=VALUE` (VALUE is JSON
if it reads as JSON, else text).
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

from shared.disputes.acts import typed
from shared.disputes.acts.refusal import act_title
from shared.disputes.acts.verbs import VERBS, verb_of
from shared.disputes.kinds import registry as bodies
from shared.disputes.kinds.registry import SEALABLE
from shared.ledger import codes
from shared.ledger.days import day_argument
from shared.ledger.entry import whole_argument
from shared.ledger.texts import t
from village_node.commands import papers as cli_forms
from village_node.commands import roster as cli_roster
from village_node.commands.drafts import parse_file
from village_node.commands.home import add_home, show
from village_node.desk.place import in_words
from village_node.point.files import PURPOSES, FileDraft


def add_commands(commands: Any) -> None:
    case = commands.add_parser("case", help=t("node.cli.help.case"))
    verbs = case.add_subparsers(dest="verb", required=True, metavar="VERB", parser_class=type(case))
    listing = verbs.add_parser("list", help=t("node.cli.help.list"))
    _list_options(listing)
    shown = verbs.add_parser("show", help=t("node.cli.help.show"))
    add_home(shown)
    shown.add_argument("case", metavar="CASE", help=t("node.cli.case"))
    shown.add_argument("--as", dest="staff", metavar="STAFF", help=t("node.cli.staff"))
    shown.set_defaults(run=run_show)
    register = verbs.add_parser("register", help=t("node.cli.help.register"))
    add_home(register)
    _draft_options(register)
    register.set_defaults(run=run_register)
    for verb, kind in VERBS.items():
        made = verbs.add_parser(verb.replace("_", "-"), aliases=[verb] if "_" in verb else [], help=act_title(kind))
        add_home(made)
        made.add_argument("case", metavar="CASE", help=t("node.cli.case"))
        _draft_options(made)
        if kind in SEALABLE:
            made.add_argument("--seal", choices=sorted(codes.names("sealed_class")), default="", help=t("node.cli.seal"))
        made.set_defaults(run=run_verb)
    cli_forms.add_commands(verbs)
    cli_roster.add_propose(verbs)


def _list_options(parser: argparse.ArgumentParser) -> None:
    add_home(parser)
    parser.add_argument("--state")
    parser.add_argument("--open", action="store_true")
    parser.add_argument("--held-here", action="store_true")
    parser.add_argument("--text", default="")
    parser.add_argument("--limit", type=whole_argument(1, 10**9), default=200)
    parser.add_argument("--offset", type=whole_argument(0, 10**9), default=0)
    parser.add_argument("--json", action="store_true", help=t("node.cli.json_out"))
    parser.set_defaults(run=run_list)


def _draft_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--as", dest="staff", metavar="STAFF", help=t("node.cli.staff"))
    parser.add_argument("--json", dest="draft", metavar="FILE|-", help=t("node.cli.draft"))
    parser.add_argument("--set", dest="fields", action="append", default=[], metavar="FIELD=VALUE", help=t("node.cli.set"))
    parser.add_argument("--file", dest="files", action="append", default=[], metavar="PATH", help=t("node.cli.file"))
    parser.add_argument("--purpose", choices=PURPOSES, default="photo", help=t("node.cli.purpose"))
    parser.add_argument("--date", type=day_argument, metavar="DATE", help=t("node.cli.date"))


def run_list(args: argparse.Namespace) -> int:
    from village_node import composition

    with composition.open_desk(args.home, key_file=args.key_file) as desk:
        rows = desk.list_cases(state=args.state, open_only=args.open, held_here=args.held_here or None,
                               text=args.text, limit=args.limit, offset=args.offset)
    show(rows)
    return 0


def run_show(args: argparse.Namespace) -> int:
    from village_node import composition

    with composition.open_desk(args.home, key_file=args.key_file) as desk:
        show(desk.case(args.case, staff_id=desk.people.acting(args.staff) if args.staff else None))
    return 0


def run_register(args: argparse.Namespace) -> int:
    from village_node import composition

    draft = read_draft(args)
    with composition.open_desk(args.home, key_file=args.key_file) as desk:
        staff = desk.people.acting(args.staff or desk.only_staff())
        show(desk.register(staff, draft, files=_files(args), legal_date=args.date))
    return 0


def run_verb(args: argparse.Namespace) -> int:
    from village_node import composition

    draft, verb = read_draft(args), verb_of(args.verb)
    assert verb is not None, args.verb
    with composition.open_desk(args.home, key_file=args.key_file) as desk:
        staff = desk.people.acting(args.staff or desk.only_staff())
        draft = bodies.worded(VERBS[verb], draft)
        show(desk.act(verb, staff, args.case, draft, files=_files(args), legal_date=args.date,
                      seal=getattr(args, "seal", "")))
    return 0


def _files(args: argparse.Namespace) -> list[FileDraft]:
    return [parse_file(words, args.purpose) for words in args.files]


def read_draft(args: argparse.Namespace) -> dict[str, Any]:
    """The draft of the command line. Raises UsageError naming the place of the fault."""
    with in_words():
        return typed.read_draft(args.draft, args.fields, sys.stdin.buffer)
