"""`county-hub serve`: the command; what runs is in `server`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from county_hub.composition import open_hub
from county_hub.hub.hub import hub_home
from county_hub.hub.problems import HubProblem, UsageProblem
from county_hub.hub.tls import server_tls
from shared.ledger.entry import whole_argument
from shared.ledger.texts import t


def register(commands: Any) -> None:
    serve = commands.add_parser("serve", help=t("hub.cli.serve"))
    serve.add_argument("home", metavar="HOME")
    serve.add_argument("--port", type=whole_argument(0, 65535), required=True, help=t("hub.cli.port"))
    serve.add_argument("--host", default="", help=t("hub.cli.host"))
    serve.add_argument("--tls-cert", metavar="F", default="", help=t("enrol.cli_tls_cert"))
    serve.add_argument("--tls-key", metavar="F", default="", help=t("enrol.cli_tls_key"))
    serve.add_argument("--couchdb", metavar="URL", default="", help=t("hub.cli.couchdb"))
    serve.set_defaults(func=run)


def run(arguments: argparse.Namespace) -> int:
    from county_hub.service import server

    if arguments.couchdb:
        raise HubProblem(t("hub.serve.couchdb"))
    if not 0 <= arguments.port <= 65535:
        raise UsageProblem(t("hub.serve.bad_port", value=arguments.port))
    with open_hub(hub_home(arguments.home)) as hub:
        named = [str(Path(given).absolute()) if given else "" for given in (arguments.tls_cert, arguments.tls_key)]
        certificate, key = named if any(named) else (hub.settings.tls_cert, hub.settings.tls_key)
        if arguments.tls_cert and not arguments.tls_key:
            raise UsageProblem(t("enrol.tls_both"))
        tls = server_tls(hub.home, certificate, key)
        return server.serve(hub, arguments.host or hub.settings.host, arguments.port, tls)
