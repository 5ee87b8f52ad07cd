"""A tiny invented product for the router's tests: posts that keep notes on parcels, and a head post that
keeps all.

    note   _id "note:<parcel>:<n>"   {"by": post, "mark": "good"|"bad"|"later", "share": [posts], "unshare":
    [posts], "files": [...]}

A note is good, bad, or is judged `later`: held until the rules' `knows` holds its id. `by` and `share` join
the audience of the parcel, `unshare` leaves it for good.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import random
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from sync.databases import Databases
from sync.errors import Forbidden
from sync.peer import Doc
from sync.remote.databases import RemoteDatabase, RemoteDatabases, Server
from sync.router import Router
from sync.router.rules import ACCEPT, Audience, Outcome, Verdict
from tests.support.sync.foreign import ForeignServer

HEAD, QUARANTINE = "post-head", "quarantine"


class Crash(BaseException):
    """The power fails. No part of the router may catch it."""


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class ParcelRules:
    consolidated, quarantine = HEAD, QUARANTINE

    def __init__(self) -> None:
        self.knows: set[str] = set()
        self.breaks: set[str] = set()
        self.outcomes: dict[str, str] = {}
        self.judged = 0
        self.age = "first"
        self.strict = False         # True: only who is in the audience is heard, and who `founds`

    def lineage(self) -> str:
        return self.age

    def is_source(self, database: str) -> bool:
        return database.startswith("post-") and not database.endswith("-files")

    def files_database(self, database: str) -> str | None:
        return f"{database}-files"

    def home(self, doc: Doc, source: str) -> str:
        return str(doc["by"])

    def subject(self, doc: Doc) -> str | None:
        parts = doc["_id"].split(":")
        return parts[1] if parts[0] == "note" and len(parts) == 3 else None

    def subject_range(self, subject: str) -> tuple[str, str]:
        return f"note:{subject}:", f"note:{subject}:\uffff"

    def horizon(self) -> str:
        return str(sorted(self.knows))

    def judge(self, doc: Doc, source: str) -> Verdict:
        self.judged += 1
        if doc["_id"] in self.breaks:
            raise ValueError("this note breaks the judge")
        if doc.get("mark") == "bad" or doc.get("_deleted"):
            return Verdict("refuse", "marked bad")
        if doc.get("mark") == "later" and doc["_id"] not in self.knows:
            return Verdict("hold", "not known yet")
        return ACCEPT

    def judge_chunk(self, doc: Doc) -> bool:
        return doc["_id"] == chunk_id(doc["data"])

    def standing(self, doc: Doc, audience: Audience | None) -> str:
        if not self.strict or "founds" in doc or (audience is not None and doc["by"] in audience["databases"]):
            return ""
        return f"{doc['by']} is not heard"

    def route(self, doc: Doc, audience: Audience | None) -> Audience:
        row = audience or {"joined": [], "left": []}
        author = {doc["by"]} if not self.strict or "founds" in doc else set()
        joined = {HEAD, *author, *doc.get("share", ()), *row["joined"]}
        left = {*doc.get("unshare", ()), *row["left"]}
        return {"databases": sorted(joined - left), "joined": sorted(joined), "left": sorted(left)}

    def files(self, doc: Doc) -> Sequence[str]:
        return list(doc.get("files", ()))

    def granted(self, subject: str, n: int, database: str, docs: Sequence[Doc]) -> Doc | None:
        return {"_id": f"grant:{subject}:{n}", "count": len(docs), "ids": [doc["_id"] for doc in docs]}

    def withdrawn(self, subject: str, n: int, database: str, ids: Sequence[str]) -> Doc | None:
        return {"_id": f"withdraw:{subject}:{n}", "ids": list(ids)}

    def chunks_came(self, database: str, chunks: Sequence[str]) -> None:
        return None

    def woken(self) -> Sequence[str]:
        return ()

    def settled(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            self.outcomes[outcome.id] = outcome.decision


class Remote(RemoteDatabases):
    """The databases of one world on a server; they go with it. A document is read and written by its id, as tests do."""

    def __init__(self, served: ForeignServer) -> None:
        prefix = f"test-{uuid.uuid4().hex[:12]}-"
        super().__init__(Server(served.url, served.auth), there=prefix.__add__,
                         here=lambda name: name.removeprefix(prefix) if name.startswith(prefix) else None)

    @contextlib.contextmanager
    def lease(self, name: str) -> Iterator[Any]:
        with super().lease(name) as peer:
            yield _ById(peer)

    def close(self) -> None:
        for name in self.names():
            self.delete(name)
        super().close()


class _ById:
    def __init__(self, peer: RemoteDatabase) -> None:
        self._peer = peer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._peer, name)

    def new_epoch(self) -> None:
        self._peer.begin_epoch()

    def get(self, id: str, *, revs: bool = False, conflicts: bool = False) -> Doc:
        [found] = self._peer.bulk_get([{"id": id}], revs=revs)
        *others, doc = sorted(found.docs, key=lambda doc: (int(doc["_rev"].partition("-")[0]), doc["_rev"]))
        return {**doc, "_conflicts": [other["_rev"] for other in others]} if conflicts and others else doc

    def put(self, doc: Doc) -> str:
        [written] = self._peer.bulk_docs([doc])
        assert written.rev is not None
        return written.rev


class _NoDoors(set[str]):
    """A refusal is a validator of a folder's; a server would need a design document in JavaScript."""

    def add(self, name: str) -> None:
        pytest.skip("only a folder refuses documents")


_served: list[ForeignServer | None] = [None]


@contextlib.contextmanager
def worlds_on(served: ForeignServer | None) -> Iterator[None]:
    """Worlds made in the block have their databases on this server (None: in a folder)."""
    _served.append(served)
    try:
        yield
    finally:
        _served.pop()


class World:
    """Databases of some posts, their rules, and routers over them."""

    databases: Any

    def __init__(self, root: Path, posts: Iterable[str] = ("a", "b", "c")) -> None:
        self.root, self.rules, self.clock = root, ParcelRules(), Clock()
        self.closed: set[str] = set() if _served[-1] is None else _NoDoors()
        served = _served[-1]
        self.databases = Remote(served) if served is not None else Databases(
            root / "databases", validators_for=lambda name: [self._door(name)])
        for name in filter(lambda name: not self.databases.exists(name), [HEAD, *(f"post-{post}" for post in posts)]):
            self.databases.create(name)
        self.routers: list[Router] = []

    def _door(self, name: str) -> Callable[[Doc], None]:
        def validate(doc: Doc) -> None:
            if name in self.closed:
                raise Forbidden(f"{name} takes nothing today")

        return validate

    def router(self, store: str = "router.sqlite", **options: object) -> Router:
        made = Router(self.databases, self.rules, self.root / store, clock=self.clock, **options)  # type: ignore[arg-type]
        self.routers.append(made)
        return made

    def close(self) -> None:
        for router in self.routers:
            router.close()
        self.databases.close()

    def write(self, post: str, *docs: Doc) -> None:
        name = f"post-{post}"
        if not self.databases.exists(name):
            self.databases.create(name)
        with self.databases.lease(name) as peer:
            assert all(result.ok for result in peer.bulk_docs([{"by": name, **doc} for doc in docs]))

    def ids(self, database: str, prefix: str = "note:") -> list[str]:
        if not self.databases.exists(database):
            return []
        with self.databases.lease(database) as peer:
            return [row.id for row in peer.all_docs() if row.id.startswith(prefix)]

    def docs(self, database: str, prefix: str = "") -> list[Doc]:
        with self.databases.lease(database) as peer:
            rows = peer.all_docs(include_docs=True)
        return [row.doc for row in rows if row.doc is not None and row.id.startswith(prefix)]

    def picture(self, prefixes: Sequence[str] = ("note:", "chunk:", "quarantine:")) -> dict[str, dict[str, str]]:
        """Database -> id -> revision: what must be equal however things came about."""
        result = {}
        for name in self.databases.names():
            with self.databases.lease(name) as peer:
                rows = {r.id: r.rev for r in peer.all_docs() if r.id.startswith(tuple(prefixes))}
            # `received_at` is in the quarantine's revision
            result[name] = {i: "" if i.startswith("quarantine:") else rev for i, rev in rows.items()}
        return {name: rows for name, rows in result.items() if rows}


def note(parcel: str, n: int, **fields: object) -> Doc:
    return {"_id": f"note:{parcel}:{n}", "mark": "good", **fields}


def chunk_id(data: str) -> str:
    return "chunk:" + hashlib.sha256(data.encode()).hexdigest()


def chunk(data: str) -> Doc:
    return {"_id": chunk_id(data), "data": data}


def crash_at(count: int) -> tuple[Callable[[str], None], list[str]]:
    """An `on_step` that crashes at its `count`-th call (1 = the first), and the names of the steps it has
    seen."""
    seen: list[str] = []

    def on_step(name: str) -> None:
        seen.append(name)
        if len(seen) == count:
            raise Crash(name)

    return on_step, seen


def crash_points(steps: Sequence[str], points: str, seed: int) -> Iterable[int]:
    """Which steps of a story (counted from 1) to crash at: "every step", or one of each name, chosen by the seed."""
    every, chance = range(1, len(steps) + 1), random.Random(seed)
    if points == "every step":
        return every
    return [chance.choice([n for n in every if steps[n - 1] == name]) for name in sorted({*steps})]


def show(value: object) -> str:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False)
