"""`county-hub couchdb provision|doctor|migrate|compare`: the county's databases on Apache CouchDB."""

from __future__ import annotations

import argparse
import contextlib
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from county_hub.commands.program import KIT
from county_hub.couchdb.compare import Compared, compare
from county_hub.couchdb.doctor import examine
from county_hub.couchdb.edges import require_publisher
from county_hub.couchdb.layout import Layout
from county_hub.couchdb.migrate import Moving, migrate
from county_hub.couchdb.provision import provision
from county_hub.couchdb.server import StoreServer, account_of
from county_hub.county.desk import CountyDesk
from county_hub.hub.hub import Hub
from shared.commands.output import Answer, Rows, plain, progress
from shared.ledger.texts import t

MOST_LINES = 60


def register(commands: Any) -> None:
    verbs = KIT.group(commands, "couchdb", t("couchdb.help"))
    for name, run in (("provision", _provision), ("doctor", _doctor), ("migrate", _migrate), ("compare", _compare)):
        verb = KIT.verb(verbs, name, t(f"couchdb.help_{name}"), run)
        verb.add_argument("--couchdb", metavar="URL", required=True, help=t("couchdb.help_url"))
        verb.add_argument("--admin-file", type=Path, metavar="F", help=t("couchdb.help_admin_file"))
        if name == "migrate":
            verb.add_argument("--to", choices=("couchdb", "embedded"), required=True, help=t("couchdb.help_to"))


@contextlib.contextmanager
def _opened(hub: Hub, arguments: argparse.Namespace) -> Iterator[tuple[StoreServer, Layout]]:
    ca = str(hub.home.root / hub.settings.couchdb_ca) if hub.settings.couchdb_ca else None
    layout = Layout.of(hub.county, hub.settings.couchdb_prefix)
    with contextlib.closing(StoreServer(arguments.couchdb, account_of(arguments.admin_file), ca)) as server:
        yield server, layout


def _provision(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    require_publisher(desk.hub)
    with _opened(desk.hub, arguments) as (server, layout):
        done = provision(server, layout, desk.hub, progress("couchdb.provisioning"))
    lines = [
        t("couchdb.provisioned", url=server.address, prefix=layout.prefix, n=done.databases),
        t("couchdb.provisioned_now", made=len(done.made), mended=len(done.mended)) if done.made or done.mended
        else t("couchdb.provisioned_before"),
        t("couchdb.shards", copies=done.copies, nodes=done.nodes,
          shards="、".join(t("couchdb.shards_of", q=q, n=n) for q, n in done.shards.items())),
    ]
    if done.nodes < done.copies or done.copies == 1:
        lines.append(t("couchdb.one_copy"))
    return Answer(value=done, lines=lines)


def _doctor(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    with _opened(desk.hub, arguments) as (server, layout):
        findings = list(examine(server, layout, desk.hub))
    serious = any(finding.serious for finding in findings)
    return Answer(value={"ok": not serious, "findings": [asdict(one) for one in findings]}, code=1 if serious else 0, lines=[
        t("couchdb.found", n=len(findings)) if findings else t("couchdb.fine", url=server.address),
        *(f"{'!' if finding.serious else '-'} {finding.text}" for finding in findings)])


def _migrate(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    require_publisher(desk.hub)
    with _opened(desk.hub, arguments) as (server, layout):
        done = migrate(server, layout, desk.hub, arguments.to, _moving(), progress("couchdb.counting"))
    lines = [t(f"couchdb.moved_{done.to}", n=done.written, url=server.address)]
    if not done.final:
        lines.append(t("couchdb.not_final"))
    lines += [t("couchdb.not_taken", id=id, reason=reason) for id, reason in done.refused.items()]
    lines += [t("couchdb.behind", device=one.device, known=one.known, found=one.found) for one in done.behind]
    lines += _told(done.compared)
    if done.is_whole:
        lines.append(t(f"couchdb.next_{done.to}", home=desk.hub.home.root, url=server.address))
    well = done.is_whole or not (done.final or done.refused)
    value = {**plain(done), "complete": done.is_whole}
    return Answer(value=value, lines=lines, table=_rows(done.compared), code=0 if well else 1)


def _compare(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    with _opened(desk.hub, arguments) as (server, layout):
        found = compare(server, layout, desk.hub, progress("couchdb.counting"))
    equal = all(one.equal for one in found)
    value = {"equal": equal, "databases": [{**plain(one), "equal": one.equal} for one in found]}
    return Answer(value=value, table=_rows(found), lines=_told(found), code=0 if equal else 1)


def _rows(found: Sequence[Compared]) -> Rows:
    head: list[object] = [*(t(f"couchdb.column_{which}") for which in ("name", "here", "there", "hash")), ""]
    rows: list[list[object]] = [[one.name, _count(one.here), _count(one.there), one.hash_here or one.hash_there,
             t("couchdb.equal" if one.equal else "couchdb.differs")] for one in found]
    return [head, *rows] if rows else []


def _told(found: Sequence[Compared]) -> list[str]:
    if not found:
        return []
    differing = [one for one in found if not one.equal]
    lines = [t("couchdb.all_equal", n=len(found), docs=sum(one.here for one in found))] if not differing else [
        t("couchdb.some_differ", n=len(differing), of=len(found))]
    for one in differing:
        lines += [t("couchdb.difference", name=one.name, id=each.id, here=_revs(each.here), there=_revs(each.there))
                  for each in one.differences]
    return lines[:MOST_LINES]


def _count(n: int) -> str:
    return str(n) if n >= 0 else t("couchdb.no_database")


def _revs(revs: Sequence[str]) -> str:
    return "、".join(rev[:10] for rev in revs[:3]) if revs else t("couchdb.nothing")


def _moving() -> Callable[[Moving], None]:
    """A line on a terminal, rewritten in place."""
    if not sys.stderr.isatty():
        return lambda moving: None

    def show(moving: Moving) -> None:
        left = t("couchdb.left", minutes=math.ceil(moving.seconds_left / 60)) if moving.seconds_left is not None else ""
        counts = {"done": moving.done, "total": moving.total, "rate": round(moving.docs_per_s)}
        words = t("couchdb.moving", name=moving.name, left=left, **counts)
        sys.stderr.write("\r\x1b[K")
        print(words, end="\n" if moving.done == moving.total else "", file=sys.stderr, flush=True)

    return show
