"""`county-hub couchdb provision|doctor|migrate|compare`: the county's databases on Apache CouchDB."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from county_hub.commands.program import KIT
from county_hub.couchdb.layout import Layout
from county_hub.couchdb.provision import provision
from county_hub.couchdb.server import StoreServer, admin_of
from county_hub.county.desk import CountyDesk
from county_hub.hub.hub import Hub
from shared.commands.output import Answer, progress
from shared.ledger.texts import t


def register(commands: Any) -> None:
    verbs = KIT.group(commands, "couchdb", t("couchdb.help"))
    for name, run in (("provision", _provision),):
        verb = KIT.verb(verbs, name, t(f"couchdb.help_{name}"), run, json=True)
        verb.add_argument("--couchdb", metavar="URL", required=True, help=t("couchdb.help_url"))
        verb.add_argument("--admin-file", type=Path, metavar="F", help=t("couchdb.help_admin_file"))


@contextlib.contextmanager
def _opened(hub: Hub, arguments: argparse.Namespace) -> Iterator[tuple[StoreServer, Layout]]:
    ca = str(hub.home.root / hub.settings.couchdb_ca) if hub.settings.couchdb_ca else None
    layout = Layout.of(hub.county, hub.settings.couchdb_prefix)
    with contextlib.closing(StoreServer(arguments.couchdb, admin_of(arguments.admin_file), ca)) as server:
        yield server, layout


def _provision(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
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
