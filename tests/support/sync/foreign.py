"""Servers that tests replicate with: ours, pouchdb-server from npm, and Apache CouchDB when `COUCHDB_URL` is set.

`COUCHDB_URL=http://admin:password@host:5984` names a server whose databases `test-*` the tests may make and delete.
Here too: `filling`, documents of every awkward kind, and `picture`, what two replicas in step must agree on. Both
speak plain HTTP or SQLite reads, so that the replicator under test does not judge itself.
"""

from __future__ import annotations

import base64
import contextlib
import os
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import httpx2
import pytest

from sync.endpoint.auth import SingleAdmin
from sync.peer import ChangesRequest
from sync.replica import LocalReplica
from tests.support import loopback
from tests.support.ports import free_port
from tests.support.sync.server import running

PEERS = Path(__file__).resolve().parents[2] / "peers"
NODE = shutil.which("node")
HAS_POUCHDB = NODE is not None and (PEERS / "node_modules" / "pouchdb").is_dir()
NO_POUCHDB = "PouchDB is not installed: run `npm ci --ignore-scripts` in tests/peers"
USER, PASSWORD = "admin", "p@ss 字"


@dataclass(frozen=True, slots=True)
class ForeignServer:
    """`url` has no credentials; `auth` is (name, password) or None where everybody is administrator."""

    kind: str
    url: str
    auth: tuple[str, str] | None

    def client(self, **options: Any) -> httpx2.Client:
        return loopback.Client(**({"base_url": self.url, "auth": self.auth, "timeout": 60.0, "trust_env": False} | options))

    @contextlib.contextmanager
    def database(self, prefix: str = "test-") -> Iterator[Database]:
        """A new database, deleted at the end. Its name has a slash where the server allows that."""
        name = f"{prefix}{uuid.uuid4().hex[:12]}"
        with self.client() as http:
            made = http.put(f"/{quote(name, safe='')}")
            assert made.status_code == 201, made.text
            try:
                yield Database(self, name)
            finally:
                http.delete(f"/{quote(name, safe='')}")


@dataclass(frozen=True, slots=True)
class Database:
    server: ForeignServer
    name: str

    @property
    def url(self) -> str:
        return f"{self.server.url}/{quote(self.name, safe='')}"

    def client(self) -> httpx2.Client:
        return self.server.client(base_url=self.url + "/")


def kinds(*wanted: str) -> list[Any]:
    """Parameters for a fixture: the wanted kinds, those that are not here marked as skipped."""
    marks = {
        "pouchdb-server": pytest.mark.skipif(not HAS_POUCHDB, reason=NO_POUCHDB),
        "couchdb": pytest.mark.skipif("COUCHDB_URL" not in os.environ, reason="COUCHDB_URL is not set"),
    }
    return [pytest.param(kind, marks=marks[kind]) if kind in marks else kind for kind in wanted]


@contextlib.contextmanager
def foreign_server(kind: str) -> Iterator[ForeignServer]:
    """A running server of `kind`: ours, pouchdb-server or couchdb."""
    if kind == "couchdb":
        yield _couchdb()
    elif kind == "pouchdb-server":
        with tempfile.TemporaryDirectory() as folder, _pouchdb_server(Path(folder)) as server:
            yield server
    else:
        with tempfile.TemporaryDirectory() as folder, running(Path(folder), authoriser=SingleAdmin(USER, PASSWORD)) as ours:
            yield ForeignServer("ours", ours.url, (USER, PASSWORD))


def _couchdb() -> ForeignServer:
    parts = urlsplit(os.environ["COUCHDB_URL"])
    auth = (parts.username, parts.password or "") if parts.username else None
    url = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path.rstrip("/"), "", ""))
    return ForeignServer("couchdb", url, auth)


@contextlib.contextmanager
def _pouchdb_server(folder: Path) -> Iterator[ForeignServer]:
    port = free_port()
    program = PEERS / "node_modules/pouchdb-server/bin/pouchdb-server"
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [str(NODE), str(program), "-p", str(port), "-m", "-c", "config.json"], cwd=folder, stdout=log, stderr=log
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _await(url, process, folder / "log")
        yield ForeignServer("pouchdb-server", url, None)
    finally:
        process.kill()
        process.wait(20)


def _await(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    with loopback.Client(trust_env=False) as http:
        while time.monotonic() < until:
            if process.poll() is not None:
                break
            with contextlib.suppress(httpx2.TransportError):
                if http.get(url, timeout=5).status_code == 200:
                    return
            time.sleep(0.1)
    raise AssertionError(f"pouchdb-server did not start: {log.read_text()[-2000:]}")


# --- documents of every awkward kind ---

ODD_IDS = ("a/b", "中文 说事室", "plus+and%2F", "emoji 😀", "q?x=1&y#z", 'quote"back\\slash', "é", "_design/app")
TEXT = "对着水渠拍的照片"


def leaf(id: str, rev: str, *ancestors: str, **body: Any) -> dict[str, Any]:
    """One revision with its history, as `new_edits=false` takes it."""
    number, digest = rev.split("-")
    return {"_id": id, "_rev": rev, "_revisions": {"start": int(number), "ids": [digest, *ancestors]}, **body}


def digest(letter: str) -> str:
    return letter * 32


def filling(side: str) -> list[dict[str, Any]]:
    """Revisions to be stored with `new_edits=false`; `side` is a hexadecimal digit that tells the writers apart, and
    documents named "shared" become conflicts between them."""
    inline = {"content_type": "text/plain", "data": base64.b64encode(f"{TEXT} {side}".encode()).decode()}
    many = base64.b64encode(bytes(n % 251 for n in range(70_000))).decode()
    binary = {"content_type": "application/octet-stream", "data": many}
    d, own = digest, digest(side)
    docs = [leaf(f"{id} {side}" if id[0] != "_" else f"{id}{side}", f"1-{own}", name=id) for id in ODD_IDS]
    docs += [
        leaf(f"edited {side}", f"3-{own}", d("2"), d("1"), n=3),
        leaf(f"gone {side}", f"2-{own}", d("1"), _deleted=True),
        leaf(f"branches {side}", f"2-{own}", d("1"), side="low"),
        leaf(f"branches {side}", f"2-{d('f')}", d("1"), side="high"),
        leaf(f"branches {side}", f"3-{d('0')}", d("3"), d("1"), _deleted=True),
        leaf(f"all gone {side}", f"2-{d('4')}", d("1"), _deleted=True),
        leaf(f"all gone {side}", f"2-{d('5')}", d("1"), _deleted=True),
        leaf(f"files {side}", f"1-{own}", _attachments={"note 名.txt": inline, "dir/图.bin": binary}),
        leaf("shared", f"2-{own}", d("1"), side=side),
        leaf("shared deletion", f"2-{own}", d("1"), **({"_deleted": True} if side == "a" else {"side": side})),
        leaf("shared files", f"2-{own}", d("1"), _attachments={"same name": inline}),
    ]
    return docs + [leaf(f"bulk {side} {n:03}", f"1-{own}", n=n) for n in range(120)]


def store(database: Database, docs: list[dict[str, Any]]) -> None:
    with database.client() as http:
        answer = http.post("_bulk_docs", json={"docs": docs, "new_edits": False})
        assert answer.status_code == 201, answer.text
        assert not [row for row in answer.json() if "error" in row], answer.text


# --- what two replicas in step agree on ---


def picture(side: LocalReplica | Database) -> dict[str, Any]:
    """{id: winner, conflicts, leaves with their histories and bodies, bytes of attachments}."""
    return _picture_of_replica(side) if isinstance(side, LocalReplica) else _picture_over_http(side)


def _picture_of_replica(replica: LocalReplica) -> dict[str, Any]:
    rows = list(replica.changes(ChangesRequest(style="all_docs", conflicts=True, include_docs=True)))
    result = {}
    for row in rows:
        leaves = [doc for doc in replica.open_revs(row.id, revs=True, attachments=True) if isinstance(doc, dict)]
        assert row.doc is not None
        result[row.id] = _one(row.doc, sorted(row.revs), leaves)
    return result


def _picture_over_http(database: Database) -> dict[str, Any]:
    result = {}
    with database.client() as http:
        feed = http.get("_changes", params={"style": "all_docs", "include_docs": "true", "conflicts": "true"}).json()
        for row in feed["results"]:
            params = {"open_revs": "all", "revs": "true", "attachments": "true"}
            path = "_design/" + quote(row["id"][8:], safe="") if row["id"].startswith("_design/") else quote(row["id"], safe="")
            answer = http.get(path, params=params, headers={"accept": "application/json"})
            leaves = [each["ok"] for each in answer.json()]
            result[row["id"]] = _one(row["doc"], sorted(change["rev"] for change in row["changes"]), leaves)
    return result


def _one(winner: dict[str, Any], revs: list[str], leaves: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "winner": winner["_rev"],
        "conflicts": sorted(winner.get("_conflicts", ())),
        "feed": revs,
        "leaves": {leaf["_rev"]: _leaf(leaf) for leaf in leaves},
    }


def _leaf(doc: dict[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in doc.items() if not name.startswith("_")}
    shown["deleted"] = doc.get("_deleted", False)
    shown["history"] = doc["_revisions"]["ids"]
    shown["files"] = {
        name: (each["content_type"], base64.b64decode(each["data"])) for name, each in doc.get("_attachments", {}).items()
    }
    return shown
