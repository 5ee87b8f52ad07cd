"""Joins the app with a HOME: the desk, the sync worker, the clock, the folder with the photographs."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from shared.jobs import Jobs
from shared.ledger.formats.checked import CHECKED
from shared.ledger.texts import t
from village_node import composition
from village_node.desk.demo_home import open_demo
from village_node.point import clock as clocks
from village_node.point import limits
from village_node.point.clock import date_of
from village_node.point.errors import AppBusy, WorkerBusy
from village_node.point.home import Home
from village_node.point.lock import worker_lock
from village_node.point.node import Node
from village_node.point.safe.means import Given
from village_node.point.sync_worker import SyncWorker
from village_node.ui.services import AppServices


def services_for(home: str | Path, *, key_file: Given = None, sync: bool = True) -> AppServices:
    """Open HOME for the app. `sync` False: no worker (another process synchronises, or a test drives).

    Raises NotEnrolled, StorageTrouble, UsageError.
    """
    CHECKED.keep(limits.MARKS_KEPT)
    desk = composition.open_desk(home, key_file=key_file)
    node, jobs = desk.node, Jobs()
    desk.worker = SyncWorker(node, jobs=jobs) if sync else None
    return AppServices(
        desk=desk,
        worker=desk.worker,
        jobs=jobs,
        now_ms=node.now,
        today=lambda: date_of(node.now()),
        photo_folder=photo_folder(node),
        log_file=node.home.log,
        demo=bool((node.directory.setting("demo") or {}).get("on")),
    )


def demo_services(folder: Path) -> AppServices:
    """The app on an invented service point in an empty folder: no hub, no rounds."""
    desk = open_demo(Home(folder), clock=clocks.real_clock(), random=secrets.token_bytes)
    node = desk.node
    return AppServices(desk=desk, worker=None, now_ms=node.now, today=lambda: date_of(node.now()),
                       photo_folder=photo_folder(node), log_file=node.home.log, demo=True)


@contextlib.contextmanager
def only_one(home: str | Path) -> Iterator[None]:
    """Hold the app's place on HOME; it is given up with the process. Raises AppBusy when another app holds it, NotEnrolled."""
    place = Home(home)
    place.config()
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(worker_lock(place.app_lock_file))
        except WorkerBusy:
            raise AppBusy(t("app.second")) from None
        yield


def photo_folder(node: Node) -> Path:
    """Where the camera leaves its pictures: `SHUOSHI_PHOTOS`, else the folder `photos` of HOME."""
    named = os.environ.get("SHUOSHI_PHOTOS", "").strip()
    folder = Path(named) if named else node.home.root / "photos"
    if not named:
        folder.mkdir(exist_ok=True)
    return folder

