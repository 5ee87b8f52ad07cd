"""Comes by the data key of a HOME (`shared.ledger.vault`): with a key file, or the county's offline rescue key.

    --key-file F, else COUNTY_HUB_KEY_FILE, else $CREDENTIALS_DIRECTORY/county-hub.key (systemd: LoadCredential=county-hub.key:F)

A HOME without a vault lies in the clear, and a key given for it is refused: who gives one means to be protected by it. It must
not know which databases there are.
"""

from __future__ import annotations

import json
import os
import secrets as randomness
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from county_hub.hub.problems import HubProblem
from county_hub.hub.safe.private_file import write_private
from shared.ledger import key_file as key_files
from shared.ledger import vault as vaults
from shared.ledger.errors import Refused
from shared.ledger.formats import loose_json
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.texts import t
from shared.ledger.vault import FILE, RESCUE, Vault, new_vault
from sync.storage import can_encrypt

CREDENTIAL = "county-hub.key"
VARIABLE = "COUNTY_HUB_KEY_FILE"


class Safe:
    """Of one HOME. The key is asked for once: its file may lie on a stick that is taken out again."""

    def __init__(self, root: Path, key_file: Path | None = None) -> None:
        self.file = root / "vault.json"
        self._root, self._key_file, self._opened = root, key_file, b""

    # ---- the key

    def vault(self) -> Vault | None:
        """None: this HOME lies in the clear. Raises `HubProblem`."""
        try:
            return vaults.read_vault(self.file.read_text("utf-8"))
        except FileNotFoundError:
            return None
        except (Refused, OSError, ValueError) as error:
            raise HubProblem(t("hub.safe.bad_vault", file=self.file)) from error

    def marks(self) -> str:
        """Which key files open this HOME; "" for one that lies in the clear."""
        found = self.vault()
        return marks(found) if found is not None else ""

    def given(self) -> bytes | None:
        """The key that was given. Raises `HubProblem` for a file that holds none."""
        path = self.given_file()
        try:
            return key_files.read(path) if path is not None else None
        except Refused as error:
            raise HubProblem(t("hub.safe.bad_key_file", file=path)) from error

    def given_file(self) -> Path | None:
        folder, named = os.environ.get("CREDENTIALS_DIRECTORY", ""), os.environ.get(VARIABLE, "")
        if self._key_file is not None or named:
            return self._key_file or Path(named)
        credential = Path(folder) / CREDENTIAL
        return credential if folder and credential.is_file() else None

    def key(self) -> bytes | None:
        """The data key; None in a HOME that lies in the clear. Raises `HubProblem` where it cannot be had."""
        if not self._opened:
            found, given = self.vault(), self.given()
            if found is None and given is not None:
                raise HubProblem(t("hub.safe.in_the_clear", home=self._root, file=self.given_file()))
            if found is None:
                return None
            if given is None:
                raise HubProblem(t("hub.safe.locked", home=self._root, mark=marks(found)))
            opened = found.open_file(given)
            if opened is None:
                mark = key_files.mark_of(given)
                raise HubProblem(t("hub.safe.other_key", file=self.given_file(), given=mark, mark=marks(found)))
            self._opened = opened
        return self._opened

    def with_rescue(self, key: DeviceKey) -> None:
        """The county's private rescue key opens. Raises `HubProblem`."""
        found = self.vault()
        self._opened = (found.open_rescue(key) if found is not None else None) or b""
        if not self._opened:
            raise HubProblem(t("hub.safe.other_rescue", home=self._root))

    def with_key(self, key: bytes) -> None:
        """The data key itself, from the process that opened this HOME."""
        self._opened = key

    def database_key(self) -> bytes | None:
        """What every database is encrypted under."""
        return self.key()

    # ---- its vault

    def found(self) -> None:
        """A HOME that is being founded is encrypted from its first file on, where a key is given. Raises `HubProblem`."""
        given = self.given()
        if given is not None and self.vault() is None:
            if not can_encrypt():
                raise HubProblem(t("hub.safe.no_sqlcipher"))
            self.begin(given, moving=False)

    def begin(self, given: bytes, *, moving: bool) -> None:
        """Writes the vault, before anything is encrypted under its key."""
        made, self._opened = new_vault(randomness.token_bytes, databases="sqlcipher")
        made = made.with_file(self._opened, given, randomness.token_bytes)
        self.write(Vault(made.id, made.databases, made.slots, moving))

    def change(self, change: Callable[[Vault, bytes], Vault]) -> None:
        """`change(vault, data key)`; nothing else is encrypted anew. Raises `HubProblem`."""
        key, found = self.key(), self.vault()
        if key is not None and found is not None:
            self.write(change(found, key))

    def take_up_rescue(self, setting: Mapping[str, Any] | None) -> None:
        """The county's rescue key of the directory (`rescue_key`) opens this HOME too, and none that it replaced."""
        public, found = str((setting or {}).get("public_key") or ""), self.vault()
        if not public or found is None or any(slot.get("public_key") == public for slot in found.slots if slot["kind"] == RESCUE):
            return
        self.change(lambda vault, key: vault.with_rescue(key, public, randomness.token_bytes))

    def write(self, made: Vault) -> None:
        write_private(self.file, json.dumps(made.to_json(), ensure_ascii=False).encode())

    # ---- small files

    def sealed(self, path: Path, value: Mapping[str, Any]) -> bytes:
        """What is written into this file: the value, encrypted where the HOME is. Raises `HubProblem`."""
        key = self.key()
        if key is not None:
            value = vaults.seal(key, path.name, json.dumps(value, ensure_ascii=False).encode(), randomness.token_bytes)
        return json.dumps(value, ensure_ascii=False, indent=2).encode()

    def opened(self, path: Path) -> Any:
        """What the file holds, encrypted or (from before) not. Raises OSError, ValueError, `HubProblem`."""
        value = loose_json.read(path)
        if not isinstance(value, dict) or not vaults.is_sealed(value):
            return value
        try:
            return loose_json.parsed(vaults.unseal(self.key() or b"", path.name, value))
        except Refused as error:
            raise ValueError(str(error)) from error


def marks(vault: Vault) -> str:
    """Which key files open it."""
    return "、".join(str(slot.get("mark") or "?") for slot in vault.slots if slot["kind"] == FILE) or "?"
