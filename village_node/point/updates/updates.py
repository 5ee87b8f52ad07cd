"""The releases that the county offers: HOME/updates, in the layout of the hub's shelf (`shared.ledger.published.releases`).

    release-<version>.json   the manifest that was heard of last and is newer than this program
    <name>                   the file, whole and checked; <name>.part while it comes

A round asks at most once a day; the file is fetched when a person says so, goes on where it was cut, and may come from a USB
stick as well: who carried it proves nothing, the hub's signature and the hash do. Nothing here runs what it fetched.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from shared.ledger.errors import Refused
from shared.ledger.formats import loose_json
from shared.ledger.os_words import os_reason
from shared.ledger.published.releases import Release, check_release, order
from shared.ledger.texts import t
from shared.version import VERSION
from sync.errors import Cancelled
from village_node.point.errors import HubSaidNo, NodeError, UsageError
from village_node.point.trust import hub_keys

if TYPE_CHECKING:
    from village_node.point.hub_client import HubClient
    from village_node.point.node import Node

log = logging.getLogger("village_node.updates")
_DAY_MS = 86_400_000
PIECE_BYTES = 1 << 20       # a cut line loses at most so much
_MOST_MANIFESTS = 100
Told = Callable[[int, int], None]


class Updates:
    """`mine`: the version that runs here."""

    def __init__(self, node: Node, mine: str = VERSION) -> None:
        self._node, self._mine = node, mine
        self.folder = node.home.root / "updates"

    def offered(self) -> Release | None:
        """The newest release that is known here and newer than this program."""
        found = [release for release, _ in self._manifests(self.folder)]
        return max(found, key=lambda release: order(release.version), default=None)

    def ready(self) -> Path | None:
        """The file of what is offered, where it lies here whole and right."""
        release = self.offered()
        path = self.folder / release.name if release is not None else None
        return path if path is not None and release is not None and _is(path, release) else None

    # --- from the hub ---

    def ask(self, hub: HubClient) -> Release | None:
        """What the hub offers now; kept as a manifest. Raises what the line raises."""
        newest = self._newest(hub.releases())
        self._node.home.update_state(updates_asked=self._node.clock())
        if newest is None:
            return None
        self._keep(newest)
        return self.offered()

    def ask_now_and_then(self, hub: HubClient) -> None:
        """As `ask`, at most once a day, and a hub that knows of no releases is no trouble of a round."""
        asked = self._node.home.state().get("updates_asked")
        if isinstance(asked, int) and 0 <= self._node.clock() - asked < _DAY_MS:
            return
        try:
            self.ask(hub)
        except NodeError as failure:
            log.info("releases: %s", failure)

    def fetch(self, hub: HubClient, told: Told = lambda done, total: None, cancel: Event | None = None) -> Path:
        """The file of the offered release, whole and right; goes on where a former call was cut. Raises UsageError when nothing
        is offered, HubSaidNo for a file that is not the signed one, and what the line raises."""
        release = self.offered()
        if release is None:
            raise UsageError(t("node.update.none", version=self._mine))
        path, part = self.folder / release.name, self.folder / f"{release.name}.part"
        if _is(path, release):
            return path
        self.folder.mkdir(mode=0o700, exist_ok=True)
        if part.exists() and part.stat().st_size > release.size:
            part.unlink()
        with part.open("ab") as file:
            while (done := file.tell()) < release.size:
                if cancel is not None and cancel.is_set():
                    raise Cancelled("the download was cancelled")
                file.write(hub.release_piece(release.version, done, min(release.size, done + PIECE_BYTES)))
                told(file.tell(), release.size)
            file.flush()
            os.fsync(file.fileno())
        return self._put(part, release)

    # --- by hand ---

    def take(self, source: Path) -> Path:
        """The newest release in a folder that somebody carried here. Raises UsageError where there is none newer, HubSaidNo for a
        file that is not the signed one."""
        found = self._manifests(source)
        if not found:
            raise UsageError(t("node.update.none_there", folder=source, version=self._mine))
        release, doc = max(found, key=lambda pair: order(pair[0].version))
        self.folder.mkdir(mode=0o700, exist_ok=True)
        part = self.folder / f"{release.name}.part"
        try:
            shutil.copyfile(source / release.name, part)
        except OSError as error:
            raise UsageError(t("node.update.unreadable", file=source / release.name, reason=os_reason(error))) from None
        path = self._put(part, release)
        self._keep(doc)
        return path

    def carry(self, target: Path) -> Path:
        """Copy what lies here whole into a folder, for the next one. Raises UsageError where there is nothing."""
        release, path = self.offered(), self.ready()
        if release is None or path is None:
            raise UsageError(t("node.update.not_here"))
        manifest = self._manifest(release)
        try:
            target.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target / path.name)
            shutil.copyfile(manifest, target / manifest.name)
        except OSError as error:
            raise UsageError(t("node.update.unreadable", file=target, reason=os_reason(error))) from None
        return target / path.name

    # --- details ---

    def _put(self, part: Path, release: Release) -> Path:
        if not _is(part, release):
            part.unlink(missing_ok=True)        # begun anew the next time
            raise HubSaidNo(t("node.update.wrong_file", file=release.name))
        path = self.folder / release.name
        os.chmod(part, 0o600)
        os.replace(part, path)
        return path

    def _newest(self, docs: Iterable[Any]) -> Mapping[str, Any] | None:
        best: tuple[tuple[int, ...], Mapping[str, Any]] | None = None
        for doc in list(docs)[:_MOST_MANIFESTS]:
            release = self._checked(doc)
            if release is not None and (best is None or order(release.version) > best[0]):
                best = order(release.version), doc
        return best[1] if best is not None else None

    def _checked(self, doc: Any) -> Release | None:
        """The release, where a key of the hub signed it and it is newer than this program."""
        try:
            release = check_release(doc, hub_keys(self._node.history, self._node.config.hub_public_key))
        except (Refused, TypeError, AttributeError) as refused:
            log.warning("a release is not believed: %s", refused)
            return None
        return release if order(release.version) > order(self._mine) else None

    def _manifests(self, folder: Path) -> list[tuple[Release, Mapping[str, Any]]]:
        found = []
        for path in sorted(folder.glob("release-*.json"))[:_MOST_MANIFESTS]:
            with contextlib.suppress(OSError, ValueError):
                doc = loose_json.read(path)
                if (release := self._checked(doc)) is not None:
                    found.append((release, doc))
        return found

    def _manifest(self, release: Release) -> Path:
        return self.folder / f"release-{release.version}.json"

    def _keep(self, doc: Mapping[str, Any]) -> None:
        """This manifest alone; a file of an older release has had its time."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        kept = f"release-{doc['version']}.json"
        beside = self.folder / f"{kept}.new"
        beside.write_text(json.dumps(doc, ensure_ascii=False), "utf-8")
        os.replace(beside, self.folder / kept)
        for path in self.folder.iterdir():
            if path.name not in (kept, str(doc["name"]), f"{doc['name']}.part"):
                path.unlink(missing_ok=True)


def _is(path: Path, release: Release) -> bool:
    try:
        with path.open("rb") as file:
            return path.stat().st_size == release.size and hashlib.file_digest(file, "sha256").hexdigest() == release.sha256
    except OSError:
        return False
