"""A TPM of this machine as a keystore: a secret is sealed to it, and no other machine can unseal it.

    HOME/tpm.json   {id: {public, private}}: the sealed object, of use to this TPM alone, so it may be read and copied by anybody
Through `tpm2-tools` (BSD-3, every distribution has it): no library to bind, so nothing to build for an app installed with pip.
`SHUOSHI_TPM` names another way to it than /dev/tpmrm0, as tpm2-tools call it (`swtpm:host=127.0.0.1,port=2321`). The key that
seals is made anew from the TPM's owner seed each time: nothing is kept in the TPM, and clearing it makes the secret unreadable.
The object is bound to no measurement (PCR): an update of the firmware must not shut a village out. Must not know: vaults, PINs.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from shared.ledger.errors import Refused
from shared.ledger.formats.keys import from_base64, to_base64
from village_node.point.errors import NodeError
from village_node.point.home import Home

log = logging.getLogger("village_node.safe")

DEVICE = "/dev/tpmrm0"
MANAGED = f"device:{DEVICE}"        # the kernel clears what a program left behind; other ways have three places for objects
PATIENCE_S = 60                     # a slow TPM makes a key in two seconds; one that hangs must not hang a sign-in for ever
MOST_BYTES = 128                    # that a TPM seals (TPM 2.0, part 2, MAX_SYM_DATA)


class TpmTrouble(Exception):
    """The TPM or its programs said no; English, for logs."""


class TpmKeystore:
    name = "tpm"

    def __init__(self, home: Home, way: str) -> None:
        self._home, self._way = home, way

    def get(self, id: str) -> bytes | None:
        """None for what was never put, and for what another TPM, or this one before it was cleared, has sealed."""
        found = self._all().get(id)
        if found is None:
            return None
        try:
            with self._work() as work:
                for part in ("public", "private"):
                    (work / part).write_bytes(from_base64("tpm", found[part]))
                self._primary(work)
                self._run("load", "-C", work / "primary", "-u", work / "public", "-r", work / "private", "-c", work / "object")
                return self._run("unseal", "-c", work / "object")
        except (TpmTrouble, OSError, KeyError, Refused) as wrong:
            log.warning("the TPM does not unseal: %s", wrong)
            return None

    def put(self, id: str, secret: bytes) -> None:
        """Raises `TpmTrouble`, `OSError`."""
        if len(secret) > MOST_BYTES:
            raise TpmTrouble(f"a TPM seals {MOST_BYTES} bytes at the most")
        with self._work() as work:
            self._primary(work)
            self._run("create", "-C", work / "primary", "-i", "-", "-u", work / "public", "-r", work / "private", given=secret)
            made = {part: to_base64((work / part).read_bytes()) for part in ("public", "private")}
        self._home.write_json(self._home.tpm_file, {**self._all(), id: made})

    def _primary(self, work: Path) -> None:
        self._run("createprimary", "-C", "o", "-g", "sha256", "-G", "ecc", "-c", work / "primary")

    def _run(self, what: str, *arguments: str | Path, given: bytes = b"") -> bytes:
        command = [f"tpm2_{what}", "-Q", "-T", self._way, *map(str, arguments)]
        try:
            done = subprocess.run(command, input=given, capture_output=True, timeout=PATIENCE_S, check=False)
            if self._way != MANAGED:
                subprocess.run(["tpm2_flushcontext", "-T", self._way, "-t"], capture_output=True, timeout=PATIENCE_S, check=False)
        except (OSError, subprocess.TimeoutExpired) as wrong:
            raise TpmTrouble(f"tpm2_{what}: {type(wrong).__name__}") from wrong
        if done.returncode:
            raise TpmTrouble(f"tpm2_{what}: {done.stderr.decode('utf-8', 'replace')[-200:]}")
        return done.stdout

    def _all(self) -> dict[str, dict[str, str]]:
        with contextlib.suppress(NodeError):            # damaged: then it holds nothing that opens
            return {id: each for id, each in self._home.read_json(self._home.tpm_file).items() if isinstance(each, dict)}
        return {}

    @contextlib.contextmanager
    def _work(self) -> Iterator[Path]:
        """Objects as the TPM hands them out, encrypted by itself; gone afterwards."""
        with tempfile.TemporaryDirectory(prefix="shuoshi-tpm-") as folder:
            yield Path(folder)


def tpm_of(home: Home) -> TpmKeystore | None:
    """None where there is no TPM, this user may not use it (group `tss`), or tpm2-tools are not installed."""
    way = os.environ.get("SHUOSHI_TPM", "").strip() or (MANAGED if os.access(DEVICE, os.R_OK | os.W_OK) else "")
    return TpmKeystore(home, way) if way and shutil.which("tpm2_createprimary") else None
