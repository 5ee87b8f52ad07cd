"""`county-hub case register|VERB HOME ...`: every verb of a case for the county's officers, as `village-node case` has them.

    case register HOME --as STAFF --json draft.json          case recall HOME CASE --as STAFF --set reason=...
A draft is a file, `-` for stdin, and/or `--set FIELD=VALUE` (VALUE is JSON if it reads as JSON, else text). The answer is JSON.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from county_hub.composition import open_hub
from county_hub.county.acts import CountyActs
from county_hub.county.place import in_words
from county_hub.hub.hub import hub_home
from county_hub.hub.output import print_json
from shared.disputes.acts import typed
from shared.disputes.acts.refusal import act_title
from shared.disputes.acts.verbs import REGISTER, VERBS, verb_of
from shared.disputes.case.state import CaseState
from shared.disputes.kinds.registry import SEALABLE, worded
from shared.ledger import codes
from shared.ledger.days import day_argument
from shared.ledger.texts import t

_OWN = ("supervise",)              # has a form of its own in `cli_case`


def register(verbs: Any) -> None:
    opening = verbs.add_parser("register", help=t("acts.register"))
    opening.add_argument("home", metavar="HOME")
    draft_options(opening)
    opening.set_defaults(func=run_register)
    for verb, kind in VERBS.items():
        if verb in _OWN:
            continue
        made = verbs.add_parser(verb.replace("_", "-"), aliases=[verb] if "_" in verb else [], help=act_title(kind))
        made.add_argument("home", metavar="HOME")
        made.add_argument("case", metavar="CASE")
        draft_options(made)
        if kind in SEALABLE:
            made.add_argument("--seal", choices=sorted(codes.names("sealed_class")), default="", help=t("node.cli.seal"))
        made.set_defaults(func=run_verb)


def draft_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--as", dest="staff", required=True, metavar="STAFF", help=t("hub.cli.as"))
    parser.add_argument("--json", dest="draft", metavar="FILE|-", help=t("acts.draft"))
    parser.add_argument("--set", dest="fields", action="append", default=[], metavar="FIELD=VALUE", help=t("acts.set"))
    parser.add_argument("--date", type=day_argument, metavar="2026-11-26", help=t("acts.date"))


def run_register(arguments: argparse.Namespace) -> int:
    draft = read_draft(arguments)
    with open_hub(hub_home(arguments.home)) as hub:
        _print(CountyActs(hub).register(arguments.staff, worded(REGISTER, draft), arguments.date))
    return 0


def run_verb(arguments: argparse.Namespace) -> int:
    draft = read_draft(arguments)
    with open_hub(hub_home(arguments.home)) as hub:
        acts = CountyActs(hub)
        draft = worded(VERBS[str(verb_of(arguments.verb))], draft)
        state = acts.case(arguments.verb, arguments.case, arguments.staff, draft, arguments.date, getattr(arguments, "seal", ""))
        _print(state, acts.sealed.shown(state, acts.person(arguments.staff)))
    return 0


def _print(state: CaseState, sealed: Sequence[Mapping[str, Any]] = ()) -> None:
    print_json({**asdict(state), "holder": state.holder, "sealed_records": list(sealed)})


def read_draft(arguments: argparse.Namespace) -> dict[str, Any]:
    """The draft of the command line. Raises `UsageProblem` naming the place of the fault."""
    with in_words():
        return typed.read_draft(arguments.draft, arguments.fields, sys.stdin.buffer)
