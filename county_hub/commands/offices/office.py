"""`county-hub office rename|move|close|replace`: offices change in time; numbers, papers and records keep the name of their day.

What may be changed and how is in `office_changes`; here are arguments, the publication, and what is said afterwards.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from county_hub.commands.program import KIT, each
from county_hub.county import office_changes
from county_hub.county.desk import CountyDesk
from county_hub.hub.founding import make_databases
from county_hub.hub.hub import Hub
from county_hub.hub.problems import UsageProblem
from shared.commands.arguments import day_argument, name_argument
from shared.commands.kit import Run
from shared.commands.output import Answer
from shared.ledger.days import later, local_date
from shared.ledger.entry import BadEntry, telephone
from shared.ledger.formats.documents import Doc
from shared.ledger.published.directory_heads import Directory, change
from shared.ledger.published.office_periods import name_on, successor
from shared.ledger.published.offices import Organisation
from shared.ledger.published.telephones import phone_key
from shared.ledger.texts import t


def register(verbs: Any) -> None:
    """Joins the verbs of `county-hub office`."""
    rename = _verb(verbs, "rename", _rename)
    rename.add_argument("--name", type=name_argument, required=True, metavar="NAME", help=t("validity.cli_name"))
    rename.add_argument("--code", default="", metavar="CODE", help=t("validity.cli_code"))
    rename.add_argument("--committee", type=name_argument, default="", metavar="NAME", help=t("validity.cli_committee"))
    _from(rename, required=True)
    move = _verb(verbs, "move", _move)
    move.add_argument("--to", required=True, metavar="ID", help=t("validity.cli_to"))
    move.add_argument("--code", default="", metavar="CODE", help=t("validity.cli_code"))
    _from(move, required=True)
    close = _verb(verbs, "close", _close)
    when = close.add_mutually_exclusive_group(required=True)
    _from(when)
    when.add_argument("--last-day", type=day_argument, metavar="DATE", help=t("validity.cli_last_day"))
    when.add_argument("--cancel", action="store_true", help=t("validity.cli_cancel"))
    close.add_argument("--successor", default="", metavar="ID", help=t("validity.cli_successor"))
    replace = _verb(verbs, "replace", _replace)
    replace.add_argument("--by", required=True, metavar="ID", help=t("validity.cli_by"))
    replace.add_argument("--name", type=name_argument, default="", metavar="NAME", help=t("validity.cli_new_name"))
    _from(replace, required=True)
    phone = _verb(verbs, "phone", _phone)
    phone.add_argument("number", metavar="NUMBER", help=t("validity.cli_number"))


def _verb(verbs: Any, name: str, run: Run[CountyDesk]) -> argparse.ArgumentParser:
    made = KIT.verb(verbs, name, t(f"validity.cli_{name}"), run, checks=_wrong)
    made.add_argument("office", metavar="OFFICE", help=t("hub.cli.office"))
    return made


def _wrong(desk: CountyDesk, given: argparse.Namespace) -> dict[str, str]:
    """What can be asked of each by itself; what they are to each other is asked when it is done."""
    latest = desk.hub.directory.latest()

    def known(office: str) -> None:
        if office and not latest.office_history(office):
            raise UsageProblem(t("hub.office.unknown", value=office))

    return each(office=(given.office, known), to=(getattr(given, "to", None), known),
                successor=(getattr(given, "successor", None), known), number=(getattr(given, "number", None), _telephone),
                by=(getattr(given, "by", None), lambda by: office_changes.require_like(latest, given.office, by)))


def _telephone(text: str) -> str:
    try:
        return telephone(text)
    except BadEntry as wrong:
        raise UsageProblem(str(wrong)) from None


def _from(parser: Any, **options: Any) -> None:
    parser.add_argument("--from", dest="start", type=day_argument, metavar="DATE", help=t("validity.cli_from"),
                        **options)


def _rename(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    start = arguments.start
    hub = desk.hub
    old = name_on(hub.directory.latest(), arguments.office, start)
    done = _publish(hub, lambda latest: office_changes.rename(
        latest, arguments.office, arguments.name, start, arguments.code, arguments.committee))
    latest = hub.directory.latest()
    office = latest.office_then(arguments.office, start)
    said = [t("validity.renamed", old=old, new=name_on(latest, arguments.office, start), start=start,
              epoch=done[0], version=done[1]),
            t("validity.committee_now", name=str(office.committee or "—") if office else "—")]
    return _tell(hub, arguments, done, said, start)


def _move(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    hub, office, start = desk.hub, arguments.office, arguments.start
    before = hub.directory.latest().office_then(office, start)
    done = _publish(hub, lambda latest: office_changes.move(latest, office, arguments.to, start, arguments.code))
    latest = hub.directory.latest()
    now, old = latest.office_then(office, start), name_on(latest, (before.parent if before else None) or "", start)
    said = [t("validity.moved", name=name_on(latest, office, start), start=start, town=name_on(latest, arguments.to, start),
              old=old, epoch=done[0], version=done[1]),
            t("validity.committee_now", name=str((now.committee if now else "") or "—"))]
    return _tell(hub, arguments, done, said, start)


def _close(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    if arguments.cancel:
        return _reopen(desk, arguments)
    start = arguments.start if arguments.start else later(arguments.last_day, 1)
    hub = desk.hub
    done = _publish(hub, lambda latest: office_changes.close(latest, arguments.office, start, arguments.successor))
    return _tell(hub, arguments, done, _closed(hub, arguments.office, done), start)


def _reopen(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    hub = desk.hub
    done = _publish(hub, lambda latest: office_changes.reopen(latest, arguments.office))
    name = name_on(hub.directory.latest(), arguments.office)
    return _tell(hub, arguments, done, [t("validity.reopened", name=name, epoch=done[0], version=done[1])], "")


def _replace(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    start = arguments.start
    hub = desk.hub
    desk.require_office(arguments.office)
    latest = hub.directory.latest()
    made = office_changes.found_successor(latest, arguments.office, arguments.by, arguments.name, start)
    new = {made.id: made} if made is not None else {}
    # Everything that can be refused is refused before databases are made.
    office_changes.close(latest, arguments.office, start, arguments.by, new=new)
    if made is not None:
        make_databases(hub.databases, Organisation(new))

    def changes(latest: Directory) -> list[Doc]:
        founded = [change("office", made.id, made.value())] if made is not None and latest.office(made.id) is None else []
        return founded + office_changes.close(latest, arguments.office, start, arguments.by, new=new)

    done = _publish(hub, changes)
    said = [t("validity.founded", name=name_on(hub.directory.latest(), made.id), id=made.id)] if made is not None else []
    return _tell(hub, arguments, done, said + _closed(hub, arguments.office, done), start)


def _publish(hub: Hub, changes: Callable[[Directory], list[Doc]]) -> tuple[str, int]:
    return hub.directory.revise(changes)


def _closed(hub: Hub, office: str, done: tuple[str, int]) -> list[str]:
    latest = hub.directory.latest()
    last = latest.closed_since(office) or ""
    return [t("validity.done_closed", name=name_on(latest, office, last), last=last, epoch=done[0], version=done[1],
              successor=name_on(latest, successor(latest, office)))]


def _tell(hub: Hub, arguments: argparse.Namespace, done: tuple[str, int], said: list[str], start: str) -> Answer:
    warnings = [t("validity.backdated", start=start)] if start and start < local_date(hub.clock()) else []
    hub.projector.catch_up()
    with hub.projector.reader() as db:
        warnings += office_changes.warnings(db, hub.directory.latest(), arguments.office, str(hub.home.root))
    latest = hub.directory.latest()
    value = {
        "office": arguments.office, "directory": list(done), "warnings": warnings,
        "periods": [{"name": past.name, "parent": past.parent, "code": past.code, "valid_from": past.valid_from,
                     "valid_to": past.valid_to} for past in latest.office_history(arguments.office)],
    }
    return Answer(value=value, lines=[*said, *(f"! {warning}" for warning in warnings)])


def _phone(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    """What citizens may call; that of the county is the help desk, which stands where an office has none."""
    hub = desk.hub
    number = _telephone(arguments.number)
    epoch, version = hub.directory.publish([change("setting", phone_key(arguments.office), {"phone": number})])
    name, word = hub.directory.organisation().display_name(arguments.office), "phone" if number else "no_phone"
    return Answer(value={"office": arguments.office, "phone": number},
                  lines=[t(f"validity.{word}", name=name, phone=number, epoch=epoch, version=version)])
