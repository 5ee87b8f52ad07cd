"""Encrypts a HOME from before, file by file (`sync.encrypting`): each is the old one or the new one, whole, at any moment.

    nobody has it open -> vault.json (`moving`) -> each database -> each small file -> vault.json (done)

Killed in between, the next command that is given the key goes on; without the key nothing opens any more. A cache is thrown away
and made anew. It must not know what the databases hold.
"""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from county_hub.hub.problems import HubProblem
from county_hub.hub.safe.private_file import write_private
from county_hub.hub.safe.safe import Safe
from shared.ledger.texts import t
from shared.ledger.vault import is_sealed
from sync import encrypting
from sync.storage import can_encrypt

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Files:
    """`first`: the database that everybody opens who opens the HOME."""

    first: Path
    databases: Sequence[Path]
    caches: Sequence[Path]
    small: Sequence[Path]


def plain_files(files: Files) -> list[Path]:
    """Databases that anybody can read. Not while this process has one of them open."""
    every = (files.first, *files.databases, *files.caches)
    return [path for path in every if path.is_file() and encrypting.looks_like_sqlite(path)]


def begin(safe: Safe, files: Files, progress: Progress = lambda done, total: None) -> None:
    """Encrypt a HOME that lies in the clear under the key that is given. Raises `HubProblem`; then nothing has changed."""
    given = safe.given()
    if given is None:
        raise HubProblem(t("hub.safe.no_key"))
    if safe.vault() is not None:
        raise HubProblem(t("hub.safe.already"))
    if not can_encrypt():
        raise HubProblem(t("hub.safe.no_sqlcipher"))
    with _alone(safe):
        if not encrypting.is_free(files.first):
            raise HubProblem(t("hub.safe.in_use"))
        safe.begin(given, moving=True)
        _move(safe, files, progress)


def go_on(safe: Safe, files: Files) -> None:
    """What an interrupted move left plain. Raises `HubProblem`."""
    found = safe.vault()
    if found is None or not found.moving:
        return
    safe.key()
    with _alone(safe):
        found = safe.vault()
        if found is not None and found.moving:
            _move(safe, files)


def _move(safe: Safe, files: Files, progress: Progress = lambda done, total: None) -> None:
    key = safe.key()
    assert key is not None
    plain = plain_files(files)
    for done, path in enumerate(plain):
        progress(done, len(plain))
        if path in files.caches:
            encrypting.forget(path)
            continue
        try:
            encrypting.encrypt(path, key)
        except encrypting.InUse:
            raise HubProblem(t("hub.safe.moving_busy", file=path.name)) from None
    for path in files.small:
        if path.is_file():
            _seal(safe, path)
    safe.change(lambda vault, _key: replace(vault, moving=False))
    progress(len(plain), len(plain))


def _seal(safe: Safe, path: Path) -> None:
    value = safe.opened(path)
    with path.open("r+b") as old:
        if isinstance(value, dict) and not is_sealed(value):
            write_private(path, safe.sealed(path, value))
            encrypting.overwrite(old)


@contextlib.contextmanager
def _alone(safe: Safe) -> Iterator[None]:
    """One process moves a HOME. Raises `HubProblem`."""
    with safe.file.with_name("moving.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise HubProblem(t("hub.safe.moving_elsewhere")) from None
        yield
