"""Devices that this service point gives the keys of sealed bodies to: those that a person here has said to know.

The hub publishes which devices an office has. Whoever holds the hub's key could publish one of his own and be given every key
from then on; so a device that appears in the directory later waits for a person's word. What stood in the first directory that
this HOME held is known, and so are the HOME's own devices.

    HOME/recipients.json    {"v": 1, "devices": [{"device", "key", "status", "since", "by", "at"}]}, encrypted as secrets.json is

A row stands for a device with one public key: the same id with another key waits anew. Must not know: cases, screens, network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace

from shared.ledger.published.directory_heads import Directory
from shared.ledger.texts import t
from village_node.point.errors import StorageTrouble
from village_node.point.home import Home

VERSION = 1
CONFIRMED, REFUSED, WAITING = "confirmed", "refused", "waiting"
_MARK = "recipients"        # in secrets.json once the book was begun: a book that is gone afterwards knows nobody


@dataclass(frozen=True, slots=True)
class Recipient:
    """`since`: ms, when this HOME first saw it. `by`, `at`: who answered, and when (ms); "" and 0 for what was known at first."""

    device: str
    key: str
    status: str
    since: int
    by: str = ""
    at: int = 0


Rows = dict[tuple[str, str], Recipient]


class Recipients:
    """One per opened HOME; several processes may have it open. `own()`: ids of this HOME's devices."""

    def __init__(self, home: Home, *, own: Callable[[], tuple[str, ...]], now: Callable[[], int]) -> None:
        self._home, self._own, self._now = home, own, now
        self._read: tuple[object, Rows] | None = None

    def look(self, directory: Directory) -> None:
        """Notes what the directory names for the first time; begins the book with the first directory. Raises StorageTrouble."""
        if not directory.version:
            return
        named = {(d.id, d.public_key) for d in directory.devices()}
        if self._home.recipients_file.exists() and named <= self._rows().keys():
            return
        with self._home.alone():
            rows, now = self._rows(), self._now()
            begun = bool(rows) or bool(self._home.secrets().get(_MARK))
            status = WAITING if begun else CONFIRMED
            for device, key in sorted(named - rows.keys()):
                rows[device, key] = Recipient(device, key, CONFIRMED if device in self._own() else status, now)
            self._write(rows)
            if not begun:
                self._home.write_secrets({**self._home.secrets(), _MARK: VERSION})

    def confirmed(self, devices: Mapping[str, str]) -> dict[str, str]:
        """Those of {device: public key} that a key may be wrapped for."""
        rows, own = self._rows(), self._own()
        return {device: key for device, key in devices.items()
                if device in own or ((row := rows.get((device, key))) is not None and row.status == CONFIRMED)}

    def of(self, device: str, key: str) -> Recipient:
        """What is known of it; a device not yet noted waits from now."""
        return self._rows().get((device, key)) or Recipient(device, key, WAITING, self._now())

    def answer(self, device: str, key: str, status: str, by: str) -> Recipient:
        """A person's word, for records from now on. It may be changed at any time. Raises StorageTrouble."""
        with self._home.alone():
            rows = self._rows()
            made = replace(rows.get((device, key)) or Recipient(device, key, WAITING, self._now()),
                           status=status, by=by, at=self._now())
            self._write({**rows, (device, key): made})
        return made

    # ---- the file

    def _rows(self) -> Rows:
        """A copy. Raises StorageTrouble when the file cannot be read: then nothing is given to anybody."""
        path = self._home.recipients_file
        try:
            stat = path.stat()
        except FileNotFoundError:
            return {}
        mark = (stat.st_mtime_ns, stat.st_ino, stat.st_size)
        if self._read is None or self._read[0] != mark:
            self._read = (mark, _parsed(self._home.read_sealed(path), str(path)))
        return dict(self._read[1])

    def _write(self, rows: Rows) -> None:
        self._home.write_sealed(self._home.recipients_file, {"v": VERSION, "devices": [asdict(row) for row in rows.values()]})
        self._read = None


def _parsed(value: Mapping[str, object], path: str) -> Rows:
    version, listed = value.get("v"), value.get("devices")
    if isinstance(version, int) and version > VERSION:
        raise StorageTrouble(t("node.error.newer_version"))
    try:
        found = [Recipient(**row) for row in listed] if isinstance(listed, list) else None
    except TypeError:
        found = None
    if version != VERSION or found is None:
        raise StorageTrouble(t("node.error.file_unreadable", path=path))
    return {(row.device, row.key): row for row in found}
