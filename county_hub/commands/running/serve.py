"""`county-hub serve`: the command; what runs is in `server`."""

from __future__ import annotations

import argparse
import contextlib
import functools
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from county_hub.commands.program import KIT, home_of
from county_hub.county.desk import CountyDesk
from county_hub.hub.kept import certificates
from county_hub.hub.kept.tls import server_tls
from county_hub.hub.problems import UsageProblem
from shared.commands.arguments import whole_argument
from shared.commands.output import said
from shared.ledger.texts import t


def register(commands: Any) -> None:
    serve = KIT.verb(commands, "serve", t("hub.cli.serve"), _serve)
    serve.set_defaults(run=replace(KIT, open=_opened).command(_serve))
    serve.add_argument("--port", type=whole_argument(0, 65535), required=True, help=t("hub.cli.port"))
    serve.add_argument("--host", default="", help=t("hub.cli.host"))
    serve.add_argument("--tls-cert", metavar="F", default="", help=t("enrol.cli_tls_cert"))
    serve.add_argument("--tls-key", metavar="F", default="", help=t("enrol.cli_tls_key"))
    serve.add_argument("--portal-port", type=whole_argument(0, 65535), help=t("portal.cli_port"))
    serve.add_argument("--portal-cert", metavar="F", default="", help=t("portal.cli_cert"))
    serve.add_argument("--portal-key", metavar="F", default="", help=t("portal.cli_key"))
    serve.add_argument("--workers", metavar="N", type=whole_argument(0, 16), help=t("hub.cli.workers"))
    serve.add_argument("--couchdb", metavar="URL", default="", help=t("hub.cli.couchdb"))
    serve.add_argument("--admin-file", "--couchdb-password-file", dest="couchdb_password_file", type=Path, metavar="F",
                       help=t("couchdb.help_password_file"))
    serve.add_argument("--offices", metavar="LIST", default="", help=t("edges.help_option"))


@contextlib.contextmanager
def _opened(arguments: argparse.Namespace) -> Iterator[CountyDesk]:
    """HOME, and CouchDB behind it where it is named: caches that are missing are built before the hub is opened."""
    if arguments.offices:
        raise UsageProblem(t("edges.no_option"))
    if not arguments.couchdb:
        with KIT.open(arguments) as desk:
            yield desk
        return
    from county_hub.service.edge import open_edge

    with open_edge(home_of(arguments), arguments.couchdb, arguments.couchdb_password_file) as hub:
        yield CountyDesk(hub)


def _serve(desk: CountyDesk, arguments: argparse.Namespace) -> Any:
    from county_hub.commands.as_uses import Asking, uses_of
    from county_hub.service import server

    hub = desk.hub
    named = [str(Path(given).absolute()) if given else "" for given in (arguments.tls_cert, arguments.tls_key)]
    certificate, key = named if any(named) else (hub.settings.tls_cert, hub.settings.tls_key)
    if arguments.tls_cert and not arguments.tls_key:
        raise UsageProblem(t("enrol.tls_both"))
    tls = server_tls(hub.home, certificate, key)
    portal = None
    if arguments.portal_port is not None:
        files = [str(Path(given).absolute()) if given else "" for given in (arguments.portal_cert, arguments.portal_key)]
        if bool(files[0]) != bool(files[1]):
            raise UsageProblem(t("portal.tls_both"))
        portal = server.PortalPort(arguments.portal_port, server_tls(hub.home, *files))
    for files_of in (tls, portal.tls if portal is not None else None):
        for doubt in certificates.doubts(files_of.certificate, hub.clock()) if files_of is not None else ():
            print(doubt, file=sys.stderr, flush=True)
    workers = server.worker_count(arguments.workers, hub.settings.workers, len(os.sched_getaffinity(0)))
    uses = uses_of(functools.partial(arguments.parser, Asking), desk)
    return said(code=server.serve(hub, arguments.host or hub.settings.host, arguments.port, tls, portal, uses, workers))
