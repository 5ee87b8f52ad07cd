"""`PROGRAM case register|VERB|chain|propose HOME ...`: every verb of a case without a screen, the same words on both programs.

    case register HOME --as STAFF --json draft.json
    case escalate HOME CASE --as STAFF --set reason=...          any other verb of a case alike
The answer is JSON, the case as it then stands; at a terminal a line says what was done and how it stands. Lists and what a case
looks like are each program's own.
"""

from __future__ import annotations

import argparse
from collections.abc import Container
from dataclasses import asdict
from typing import Any, TypeVar

from shared.commands.desk import Desk
from shared.commands.kit import Kit
from shared.commands.output import Answer, plain
from shared.disputes.acts.citizen_codes import RENEWED, as_value
from shared.disputes.acts.refusal import Refusal, act_title
from shared.disputes.acts.roster_file import read_roster
from shared.disputes.acts.verbs import REGISTER, VERBS, verb_of
from shared.disputes.kinds.registry import SEALABLE, worded
from shared.ledger import codes
from shared.ledger.texts import t

D = TypeVar("D", bound=Desk)


def add(kit: Kit[D], verbs: Any, *, without: Container[str] = ()) -> None:
    """Beside the program's own verbs of `case`. `without`: verbs that have a form of their own."""
    _roster(kit.act(verbs, "register", t("node.cli.help.register"), _register(kit)))
    for verb, kind in VERBS.items():
        if verb in without:
            continue
        made = kit.act(verbs, verb.replace("_", "-"), act_title(kind), _act(kit), on=case_option,
                       aliases=[verb] if "_" in verb else [])
        if kind == "case.parties_added":
            _roster(made)
        if kind in SEALABLE:
            made.add_argument("--seal", choices=sorted(codes.names("sealed_class")), default="", help=t("commands.seal"))
    case_option(kit.verb(verbs, "chain", t("chain.about"), _chain))
    case_option(kit.verb(verbs, "code", t("citizen.cli_code"), _code))
    found = kit.verb(verbs, "by-code", t("citizen.cli_by_code"), _by_code)
    found.add_argument("code", metavar="CODE", help=t("citizen.cli_text"))
    found.add_argument("--number", default="", metavar="NUMBER", help=t("citizen.cli_number"))
    propose = kit.verb(verbs, "propose", t("roster.cli_propose"), _propose)
    case_option(propose)
    propose.add_argument("--language", default="", help=t("roster.cli_language"))


def _roster(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--roster", type=_rows, metavar="FILE.csv", help=t("commands.roster"))


def _rows(path: str) -> list[dict[str, Any]]:
    """`type=` of a list of parties, so that one that is none is told with whatever else was typed wrong."""
    try:
        return read_roster(path)
    except Refusal as wrong:
        raise argparse.ArgumentTypeError(wrong.sentence) from wrong


def _with_roster(draft: dict[str, Any], args: argparse.Namespace) -> dict[str, Any]:
    listed = getattr(args, "roster", None) or []
    return {**draft, "parties": [*draft.get("parties", ()), *listed]} if listed else draft


def case_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("case", metavar="CASE", help=t("commands.case"))


def _register(kit: Kit[D]) -> Any:
    def run(desk: D, args: argparse.Namespace, draft: dict[str, Any]) -> Any:
        whole = worded(REGISTER, _with_roster(draft, args))
        shown = desk.register(kit.who(desk, args), whole, files=kit.files(args), legal_date=args.date)
        return _told(desk, REGISTER, shown, with_code=True)

    return run


def _act(kit: Kit[D]) -> Any:
    def run(desk: D, args: argparse.Namespace, draft: dict[str, Any]) -> Any:
        verb = str(verb_of(args.verb))
        whole = worded(VERBS[verb], _with_roster(draft, args))
        shown = desk.act(verb, kit.who(desk, args), args.case, whole, files=kit.files(args),
                         legal_date=args.date, seal=getattr(args, "seal", ""))
        return _told(desk, VERBS[verb], shown, with_code=VERBS[verb] == RENEWED)

    return run


def _told(desk: Desk, kind: str, shown: Any, *, with_code: bool) -> Answer:
    """`with_code`: right after the citizen's code was made, the one time that it is shown without being asked for."""
    value = plain(shown)
    row = value.get("row", value)
    lines = [t("commands.case_stands", act=act_title(kind), case=row["number"] or row["id"],
               state=codes.name("lifecycle", row["state"]), holder=desk.office_name(row["holder"]))]
    if with_code:
        slip = desk.citizens.slip(row["id"])
        value = {**value, "citizen_code": as_value(slip)}
        lines += [t("citizen.shown", number=slip.number, code=slip.typed)] if slip is not None else []
    return Answer(value=value, lines=lines, at_terminal=True)


def _code(desk: Desk, args: argparse.Namespace) -> Any:
    slip = desk.citizens.slip(args.case)
    if slip is None:
        raise Refusal("absent", "no_code", t("citizen.elsewhere"))
    return Answer(value=as_value(slip), lines=[t("citizen.shown", number=slip.number, code=slip.typed)])


def _by_code(desk: Desk, args: argparse.Namespace) -> Any:
    return {"case": desk.citizens.case_of(args.code, args.number)}


def _chain(desk: Desk, args: argparse.Namespace) -> Any:
    return [{**asdict(link), "office_name": desk.office_name(link.office)} for link in desk.chain(args.case)]


def _propose(desk: Desk, args: argparse.Namespace) -> Any:
    return asdict(desk.propose(args.case, language=args.language))
