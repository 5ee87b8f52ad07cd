"""The replicas of the simulation as files: opened, started anew, copied, put back from an old copy, cloned.

    hub.replica  relay.replica  office1.replica ...      + office1-clone4.replica, a copy that is used beside its original
    *.copy0 .. *.copy2                                   backups, of which any may be put back, older and newer in turn
"""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

from sync.replica import LocalReplica
from sync.replicator import own_filter

COPIES = 3


class World:
    """`family` says whose device a name is: a clone has its original's."""

    def __init__(self, folder: Path, dice: random.Random, names: list[str]) -> None:
        self.names = names
        self.family = {name: name for name in names}
        self.folder, self._dice = folder, dice
        self.unnoticed: set[str] = set()        # an old copy was put back and the file cannot tell (`sync.replicator.own_filter`)
        self._epochs: dict[Path, str] = {}
        self.replicas = {name: self._open(name) for name in names}

    @property
    def offices(self) -> list[str]:
        return [name for name in self.names if self.family[name].startswith("office")]

    def siblings(self, name: str) -> list[str]:
        return [other for other in self.names if other != name and self.family[other] == self.family[name]]

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.replica"

    def _open(self, name: str) -> LocalReplica:
        return LocalReplica.open(self._path(name))

    def restart(self, name: str) -> None:
        self.replicas[name].close()
        self.replicas[name] = self._open(name)

    def close(self) -> None:
        for replica in self.replicas.values():
            replica.close()

    def _copy(self, name: str, number: int) -> Path:
        return self.folder / f"{name}.copy{number}"

    def keep_copy(self, name: str) -> Path:
        self.replicas[name].close()      # closed, so that the file is whole
        copy = self._copy(name, self._dice.randrange(COPIES))
        shutil.copyfile(self._path(name), copy)
        self._epochs[copy] = self.replicas[name].epoch
        self.replicas[name] = self._open(name)
        return copy

    def restore(self, name: str, copy: Path | None = None) -> str | None:
        """Put that copy or any back, as people do it: the program's own way, another file moved into place, or the file written
        over itself, which leaves no trace on the disk. Returns which way, None without a copy."""
        copies = [self._copy(name, number) for number in range(COPIES) if self._copy(name, number).exists()]
        if not copies:
            return None
        copy, path = copy or self._dice.choice(copies), self._path(name)
        way = self._dice.choice(["restore", "moved", "overwritten"])
        self.replicas[name].close()
        for rest in (path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
            rest.unlink(missing_ok=True)
        if way == "moved":
            shutil.copyfile(copy, path.with_suffix(".new"))
            os.replace(path.with_suffix(".new"), path)
        else:
            shutil.copyfile(copy, path)
        self.replicas[name] = self._open(name)
        if way == "restore":
            self.replicas[name].new_epoch()
        if self.replicas[name].epoch == self._epochs[copy] or self.replicas[name].get_local(own_filter.LOCAL_ID) is None:
            self.unnoticed.add(name)
        return way

    def clone(self, name: str) -> str:
        clone = f"{name}-clone{len(self.names)}"
        self.replicas[name].close()
        shutil.copyfile(self._path(name), self._path(clone))
        self.replicas[name] = self._open(name)
        self.replicas[clone] = self._open(clone)
        self.names.append(clone)
        self.family[clone] = self.family[name]
        return clone
