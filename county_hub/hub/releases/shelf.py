"""The shelf: HOME/releases, a manifest `release-<version>.json` and its file beside it for each release.

The same layout wherever releases are carried, so the folder can be copied to a USB stick as it is. A manifest is written after
its file is whole on the disk. It must not know HTTP.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from county_hub.hub.problems import HubProblem, UsageProblem
from county_hub.hub.safe.private_file import write_private
from shared.ledger.errors import Refused
from shared.ledger.formats import loose_json
from shared.ledger.formats.keys import DeviceKey
from shared.ledger.os_words import os_reason
from shared.ledger.published.releases import MAX_BYTES, Release, build_release, order, parse_release
from shared.ledger.texts import t

MOST_SHOWN = 20         # of the newest; a device wants one


class Shelf:
    """What lies in the folder is read each time: the command line changes it while `serve` runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, file: Path, version: str, notes: str, key: DeviceKey, now: int) -> Release:
        """Sign and put up a release. Raises `UsageProblem` for what is no version, no file, or there already."""
        try:
            order(version)
        except Refused:
            raise UsageProblem(t("hub.release.bad_version", version=version)) from None
        if self._manifest(version).exists():
            raise UsageProblem(t("hub.release.there", version=version))
        try:
            size = file.stat().st_size
            if not file.is_file() or not 0 < size <= MAX_BYTES:
                raise UsageProblem(t("hub.release.no_file", file=file))
            self.folder.mkdir(mode=0o700, exist_ok=True)
            target, beside = self.folder / file.name, self.folder / (file.name + ".new")
            if target.exists():
                raise UsageProblem(t("hub.release.file_there", file=file.name))
            shutil.copyfile(file, beside)
            with beside.open("rb") as copied:
                digest = hashlib.file_digest(copied, "sha256").hexdigest()
                os.fsync(copied.fileno())
        except OSError as error:
            raise HubProblem(t("hub.release.unreadable", file=file, reason=os_reason(error))) from None
        release = Release(version, file.name, size, digest, notes, now)
        try:
            doc = build_release(release, key)
        except Refused as refused:
            beside.unlink(missing_ok=True)
            raise UsageProblem(t("hub.release.refused", reason=refused)) from None
        os.replace(beside, target)
        os.chmod(target, 0o600)
        write_private(self._manifest(version), json.dumps(doc, ensure_ascii=False, indent=1).encode())
        return release

    def withdraw(self, version: str) -> None:
        """Offered no more. Raises `UsageProblem` when it is not there."""
        found = dict(self._all()).get(version)
        if found is None:
            raise UsageProblem(t("hub.release.unknown", version=version))
        self._manifest(version).unlink(missing_ok=True)
        (self.folder / str(found["name"])).unlink(missing_ok=True)

    def manifests(self) -> list[dict[str, Any]]:
        """The signed manifests of what lies here whole, the newest version first."""
        return [doc for _, doc in self._all()][:MOST_SHOWN]

    def file_of(self, version: str) -> Path | None:
        doc = dict(self._all()).get(version)
        return self.folder / str(doc["name"]) if doc is not None else None

    # --- on an edge: the publisher's shelf once more ---

    def read(self, release: Release, at: int, count: int) -> bytes:
        """So many bytes of its file. Raises OSError."""
        with (self.folder / release.name).open("rb") as file:
            file.seek(at)
            return file.read(count)

    def received(self, release: Release, part: int) -> int:
        """How many bytes of its file have come, in whole parts."""
        try:
            size = self._beside(release).stat().st_size
        except FileNotFoundError:
            return 0
        return size if size == release.size else size // part * part

    def receive(self, release: Release, at: int, data: bytes) -> None:
        """The next bytes of its file. Raises OSError."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        with self._beside(release).open("r+b" if at else "wb") as file:
            file.seek(at)
            file.write(data)
            file.truncate()

    def complete(self, doc: dict[str, Any]) -> bool:
        """Put it up, if what came is the file of this signed manifest; else it begins anew."""
        release = parse_release(doc)
        beside = self._beside(release)
        with beside.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        if digest != release.sha256 or beside.stat().st_size != release.size:
            beside.unlink()
            return False
        os.replace(beside, self.folder / release.name)
        os.chmod(self.folder / release.name, 0o600)
        write_private(self._manifest(release.version), json.dumps(doc, ensure_ascii=False, indent=1).encode())
        return True

    def keep_only(self, versions: Sequence[str]) -> None:
        for version in [version for version, _ in self._all() if version not in versions]:
            self.withdraw(version)

    def _beside(self, release: Release) -> Path:
        return self.folder / f"{release.name}.new"

    def _all(self) -> list[tuple[str, dict[str, Any]]]:
        found = []
        for path in self.folder.glob("release-*.json"):
            try:
                doc = loose_json.read(path)
                release = parse_release(doc)
                if (self.folder / release.name).stat().st_size == release.size:
                    found.append((release.version, doc))
            except (OSError, ValueError, Refused, TypeError):
                continue            # half written, or not ours
        return sorted(found, key=lambda pair: order(pair[0]), reverse=True)

    def _manifest(self, version: str) -> Path:
        return self.folder / f"release-{version}.json"
