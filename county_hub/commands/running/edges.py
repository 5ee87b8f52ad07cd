"""`county-hub edge add|offices|retire|list HOME`: several hubs before one CouchDB, as the county's publisher orders them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from county_hub.commands.fleet.enrol import check_address
from county_hub.commands.program import KIT
from county_hub.couchdb import edges
from county_hub.county.desk import CountyDesk
from shared.commands.output import Answer, said
from shared.ledger.published.edges import edges_of
from shared.ledger.texts import t


def register(commands: Any) -> None:
    verbs = KIT.group(commands, "edge", t("edges.help"))
    add = KIT.verb(verbs, "add", t("edges.help_add"), _add)
    add.add_argument("name", metavar="NAME", help=t("edges.help_name"))
    add.add_argument("--offices", required=True, metavar="LIST", help=t("edges.help_offices"))
    add.add_argument("--url", action="append", default=[], metavar="URL", help=t("edges.help_url"))
    add.add_argument("--tls-mark", action="append", default=[], metavar="MARK", help=t("edges.help_tls"))
    add.add_argument("--out", type=Path, required=True, metavar="FILE", help=t("edges.help_out"))
    offices = KIT.verb(verbs, "offices", t("edges.help_hand_over"), _offices)
    offices.add_argument("name", metavar="NAME", help=t("edges.help_name"))
    offices.add_argument("--offices", required=True, metavar="LIST", help=t("edges.help_offices"))
    retire = KIT.verb(verbs, "retire", t("edges.help_retire"), _retire)
    retire.add_argument("name", metavar="NAME", help=t("edges.help_name"))
    retire.add_argument("--lost", action="store_true", help=t("edges.help_lost"))
    KIT.verb(verbs, "list", t("edges.help_list"), _list)


def _add(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    for url in arguments.url:
        check_address(url)                  # every device of the county is told it
    made = edges.add(desk.hub, arguments.name, _listed(arguments.offices), arguments.url, arguments.tls_mark,
                     arguments.out.expanduser().absolute())
    lines = [t("edges.added", name=made.name, device=made.device, file=arguments.out)]
    if not arguments.url:
        lines.append(t("edges.no_url"))
    return Answer(lines=lines, value={"name": made.name, "device": made.device, "author": made.author})


def _offices(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    edges.hand_over(desk.hub, arguments.name, _listed(arguments.offices))
    return said(t("edges.handed_over", name=arguments.name, offices=arguments.offices))


def _retire(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    edges.retire(desk.hub, arguments.name, lost=arguments.lost)
    return said(t("edges.lost" if arguments.lost else "edges.retired", name=arguments.name))


def _list(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    found = edges_of(desk.hub.directory.latest())
    head: list[object] = [t(f"edges.column_{which}") for which in ("name", "device", "status", "offices", "urls")]
    rows: list[list[object]] = [
        [one.name, one.id, t(f"edges.status_{one.status}"), " ".join(one.offices), " ".join(one.urls)] for one in found]
    value = [{"name": one.name, "device": one.id, "status": one.status, "offices": list(one.offices), "urls": list(one.urls)}
             for one in found]
    return Answer(value=value, table=[head, *rows] if rows else [], lines=[] if found else [t("edges.none_yet")])


def _listed(text: str) -> list[str]:
    return [word for word in text.replace(",", " ").split() if word]
