"""The platform's own store of secrets, where there is one that a copy of the disk does not carry along.

Through `keyring`: Windows' credential store, the Secret Service and KWallet of a Linux desktop, macOS' keychain. What keeps its
secrets in a plain file counts as none. Where there is none, a TPM (`safe.tpm`). `SHUOSHI_KEYSTORE=none` says that there is
nothing, `tpm` that it shall be the TPM. Android's keystore is not reached (docs/PACKAGING.md, docs/SECURITY.md). Must not know:
vaults, PINs.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable
from typing import Any, Protocol

from shared.ledger.formats.keys import from_base64, to_base64
from village_node.point.home import Home
from village_node.point.safe.tpm import tpm_of

log = logging.getLogger("village_node.safe")

SERVICE = "shuoshi"
Finder = Callable[[Home], "Keystore | None"]
_TRUSTED = ("keyring.backends.Windows", "keyring.backends.macOS", "keyring.backends.SecretService", "keyring.backends.kwallet",
            "keyring.backends.libsecret")


class Keystore(Protocol):
    name: str

    def get(self, id: str) -> bytes | None: ...

    def put(self, id: str, secret: bytes) -> None: ...


class SystemKeystore:
    """`keyring`'s backend of this platform."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self.name = type(backend).__module__.rpartition(".")[2]

    def get(self, id: str) -> bytes | None:
        try:
            found = self._backend.get_password(SERVICE, id)
            return from_base64("keystore", found) if found else None
        except Exception:            # a locked or absent desktop session raises what it likes: then there is none
            return None

    def put(self, id: str, secret: bytes) -> None:
        self._backend.set_password(SERVICE, id, to_base64(secret))


def platform_keystore(home: Home) -> Keystore | None:
    """None where there is none that can be trusted; never raises. A HOME that was sealed to the TPM asks the TPM first, whichever
    session it is opened in."""
    wanted = os.environ.get("SHUOSHI_KEYSTORE", "").strip()
    if wanted == "none":
        return None
    sealed = tpm_of(home) if home.tpm_file.exists() else None
    return sealed or (_of_the_desktop() if wanted != "tpm" else None) or tpm_of(home)


def _of_the_desktop() -> Keystore | None:
    with contextlib.suppress(Exception):
        import keyring

        backend: Any = keyring.get_keyring()
        for one in (backend, *getattr(backend, "backends", ())):          # a chain of several names them
            if type(one).__module__ in _TRUSTED:
                return SystemKeystore(one)
    return None


def secret_of(keystore: Keystore | None, id: str) -> bytes:
    """What the keystore holds for this vault, b"" for nothing."""
    return (keystore.get(id) if keystore is not None else None) or b""


def usable(keystore: Keystore | None, id: str, fresh: bytes, *, replace: bool = True) -> bytes:
    """The secret of this vault, made of `fresh` when there is none; b"" when the keystore does not keep what it is given.
    `replace` False: PINs hang on the secret, so what does not answer now (a busy TPM, a locked keyring) is not written over."""
    if keystore is None:
        return b""
    try:
        if replace and not keystore.get(id):
            keystore.put(id, fresh)
    except Exception as wrong:           # whatever a desktop session or a TPM raises: then there is none
        log.warning("the keystore %s takes no secret: %s: %s", keystore.name, type(wrong).__name__, wrong)
    return secret_of(keystore, id)
