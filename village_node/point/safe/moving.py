"""Encrypts the databases of a HOME from before, one after the other (`sync.encrypting`): each is the old file or the new one,
whole, at any moment.

A program killed in between leaves `moving` in vault.json, and the next opening goes on with the files that are still plain. While
another process has the HOME open nothing is moved. The tables folded from events are a cache and are made anew.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

from shared.ledger.texts import t
from sync import encrypting
from sync.errors import SyncError
from sync.storage import can_encrypt
from village_node.point.errors import StorageTrouble, words_for
from village_node.point.home import Home

log = logging.getLogger("village_node.safe")


def plain_files(home: Home) -> list[Path]:
    """Databases of this HOME that anybody can read; that of the records first, which everybody opens who opens the HOME."""
    office = home.replica("office")
    found = [office, *sorted(p for p in home.replicas.glob("*.replica") if p != office), home.drafts_file, home.read_file]
    return [path for path in found if path.is_file() and encrypting.looks_like_sqlite(path)]


def move(home: Home, key: bytes) -> None:
    """Encrypt what is plain, as far as this installation can. Raises StorageTrouble when it cannot be finished now."""
    found = home.vault()
    if found is None or found.databases == "sqlcipher" or not can_encrypt():
        return
    begun = found.moving
    for path in plain_files(home):
        try:
            if path == home.read_file:
                encrypting.forget(path)
            else:
                encrypting.encrypt(path, key)
        except encrypting.InUse:
            if not begun:
                log.warning("the HOME stays as it is: another process has %s open", path.name)
                return
            raise StorageTrouble(t("node.safe.moving_busy")) from None
        except SyncError as error:
            raise words_for(error) from error
        if not begun:
            home.change_vault(lambda vault: replace(vault, moving=True))
            begun = True
    home.change_vault(lambda vault: replace(vault, databases="sqlcipher", moving=False))
