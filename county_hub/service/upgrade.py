"""`county-hub upgrade`: a HOME becomes one of the format that this program opens, or of an older one for the program of before.

One format after the other, each step done whole before its number is written; cut anywhere, the next run goes on there.
"""

from __future__ import annotations

import contextlib
import fcntl
import tempfile
from collections.abc import Callable
from pathlib import Path

from county_hub.hub.hub import FORMER, public_key_of
from county_hub.hub.kept.formats import FIRST, FORMAT, STEPS, Step, format_of, mark
from county_hub.hub.kept.home import HubHome
from county_hub.hub.problems import HubProblem, UsageProblem
from county_hub.hub.serving import SERVE_LOCK
from county_hub.service.files import copy_sqlite
from shared.ledger.published.directory_heads import DirectoryHistory, heads_in
from shared.ledger.texts import t
from shared.version import APP
from sync.replica import LocalReplica

Progress = Callable[[int, int], None]


def upgrade(home: HubHome, to: int, now: Callable[[], int], progress: Progress = lambda done, total: None) -> list[int]:
    """The formats that HOME went through, its first one first; one alone when it had that format already. Raises `UsageProblem`,
    `HubProblem` (serve runs; HOME is newer than this program, or from before signed formats were fixed)."""
    home.require()
    found = format_of(home)
    if found > FORMAT:
        raise HubProblem(t("hub.upgrade.newer", home=home.root, found=found, mine=FORMAT))
    if not FIRST <= to <= FORMAT:
        raise UsageProblem(t("hub.upgrade.no_such", to=to, first=FIRST, last=FORMAT))
    if to < FORMAT and home.safe.vault() is not None:
        raise HubProblem(t("hub.upgrade.encrypted", home=home.root))
    went = [found]
    with (home.root / SERVE_LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise HubProblem(t("hub.upgrade.serving")) from None
        _require_frozen(home)
        while found < to:
            _step(found).up(home, progress)
            found += 1
            mark(home, found, now(), APP)
            went.append(found)
        while found > to:
            _step(found - 1).down(home, progress)
            found -= 1
            mark(home, found, now(), APP)
            went.append(found)
        if went == [to] and to < FORMAT:
            _step(to).down(home, progress)      # one that was cut has begun with some files
    return went


def _step(lower: int) -> Step:
    return next(step for step in STEPS if step.lower == lower)


def _require_frozen(home: HubHome) -> None:
    """No step touches what is signed; a directory from before its format was fixed can be read by no program of today."""
    secrets = home.read_secrets()
    trusted = public_key_of(secrets, home.keys(secrets)[0])
    former = tuple(secrets.get(FORMER, ()))
    with tempfile.TemporaryDirectory() as aside:        # a HOME that is refused stays what it was
        copy = Path(aside) / "directory.replica"
        file_key = home.safe.database_key()
        copy_sqlite(home.databases / "directory.replica", copy, file_key)
        with contextlib.closing(LocalReplica.open(copy, create=False, key=file_key)) as replica:
            heads = heads_in(replica)
    if heads and DirectoryHistory.load(heads, (*former, trusted)[0]).newest is None:
        raise HubProblem(t("hub.upgrade.before_freeze", home=home.root))
