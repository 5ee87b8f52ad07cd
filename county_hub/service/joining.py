"""`county-hub init HOME --edge BUNDLE`: a HOME that is an edge of a county whose publisher lives elsewhere.

It holds its own key, the key of its authoring device and what a hub makes for itself; records, directory and credentials come
from CouchDB when it is served.
"""

from __future__ import annotations

import json
import os
from contextlib import closing
from pathlib import Path
from typing import Any

from county_hub.composition import real_clock
from county_hub.couchdb.edge import FRESH
from county_hub.couchdb.edges import Bundle
from county_hub.hub.backing.store import EDGE
from county_hub.hub.founding import pronounceable
from county_hub.hub.hub import EDGE_OF, new_secrets, open_databases
from county_hub.hub.ingress import DIRECTORY
from county_hub.hub.kept.formats import FORMAT, mark
from county_hub.hub.kept.home import HubHome
from county_hub.hub.kept.passwords import hash_password
from county_hub.hub.kept.registry import Registry
from county_hub.hub.kept.settings import DEFAULT_FILE
from county_hub.hub.problems import HubProblem
from county_hub.hub.safe.private_file import write_private
from shared.ledger.texts import t
from shared.version import APP
from sync import private


def join(home: HubHome, bundle: Bundle, password: str | None) -> str:
    """Makes HOME; returns the console's password where it was made up here. Raises `HubProblem` for a HOME in which something
    lies."""
    if home.root.exists() and (not home.root.is_dir() or any(home.root.iterdir())):
        raise HubProblem(t("edges.home_there", home=home.root))
    private.from_now_on()
    home.root.mkdir(parents=True, exist_ok=True)
    private.only_owner(home.root)
    home.safe.found()
    home.safe.key()
    made = "" if password is not None else pronounceable()
    secrets: dict[str, Any] = {
        **new_secrets(hash_password(password if password is not None else made), os.urandom),
        "hub_key": bundle.key, "device_key": bundle.author_key, "device": bundle.author,
        EDGE_OF: {"device": bundle.device, "name": bundle.name, "public_key": bundle.hub["public_key"]},
    }
    home.write_secrets(secrets)
    write_private(home.settings_file, _settings(bundle))
    with closing(Registry(home.registry, pepper=bytes.fromhex(secrets["pepper"]), clock=real_clock,
                          key=home.safe.database_key())) as registry:
        with open_databases(home, bundle.hub["public_key"]) as databases:
            for name in (DIRECTORY, f"office-{bundle.county}"):
                databases.create(name)
        mark(home, FORMAT, real_clock(), APP)
        registry.set_meta({
            "hub_id": bundle.hub["id"], "epoch": bundle.hub["epoch"], FRESH: "1",
            EDGE: json.dumps({"url": "", "prefix": bundle.prefix}), "county": bundle.county,
        })
    return made


def _settings(bundle: Bundle) -> bytes:
    """The defaults, and how the county's databases are called there."""
    text = Path(DEFAULT_FILE).read_text("utf-8")
    return (f"couchdb_prefix = {json.dumps(bundle.prefix)}\n{text}" if bundle.prefix else text).encode()
