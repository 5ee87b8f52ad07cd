"""The county's offline rescue key opens this HOME too: its public half comes with the directory (setting `rescue_key`).

Taken up with every new directory, so a key that the county replaced opens no more what it was replaced for. Its private half is
on no computer (`county-hub rescue`). Must not know: replicas.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from shared.ledger.errors import Refused
from shared.ledger.published.pin_codes import RESCUE_KEY as SETTING
from shared.ledger.vault import RESCUE
from village_node.point.home import Home

log = logging.getLogger("village_node.safe")


def take_up(home: Home, setting: Mapping[str, Any] | None, random: Callable[[int], bytes]) -> None:
    """`setting`: {"public_key"} of the directory. An unusable one changes nothing."""
    public, found = str((setting or {}).get("public_key") or ""), home.vault()
    if not public or found is None or any(s["kind"] == RESCUE and s.get("public_key") == public for s in found.slots):
        return
    key = home.key()
    if key is None:
        return
    try:
        home.change_vault(lambda vault: vault.with_rescue(key, public, random))
    except Refused as error:
        log.warning("the county's rescue key cannot be used: %s", error.code)


__all__ = ["SETTING", "take_up"]
