"""A county and a server for its databases: our own endpoint playing CouchDB, pouchdb-server, Apache CouchDB with COUCHDB_URL."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from county_hub.commands.cli import main
from county_hub.couchdb.layout import Layout
from county_hub.couchdb.server import StoreServer
from shared.ledger.formats.documents import make_chunk
from tests.support.county_hub.hub_support import COUNTY, DIVISIONS, NEIGHBOUR, OTHER_TOWN, OTHER_VILLAGE, VILLAGE, opened
from tests.support.shared.domain_events import World
from tests.support.sync.foreign import ForeignServer, filling, foreign_server, kinds


@dataclass(slots=True)
class Store:
    """A server, and the names of one test on it."""

    server: ForeignServer
    home: Path
    layout: Layout
    words: list[str] = field(default_factory=list)

    @property
    def account(self) -> Path:
        """A file with the administrator's name and password."""
        file = self.home.parent / f"{self.layout.prefix}admin"
        file.write_text(":".join(self.server.auth or ("nobody", "x")) + "\n", "utf-8")
        return file

    @property
    def options(self) -> list[str]:
        """`--couchdb` and who we are there."""
        return ["--couchdb", self.server.url, *(["--admin-file", str(self.account)] if self.server.auth else [])]

    def connected(self) -> contextlib.closing[StoreServer]:
        return contextlib.closing(StoreServer(self.server.url, self.server.auth))

    @property
    def setting(self) -> tuple[str, str]:
        """The prefix as a variable of the environment."""
        return "COUNTY_HUB_COUCHDB_PREFIX", self.layout.prefix

    def run(self, verb: str, *options: str, code: int = 0) -> str:
        """`county-hub couchdb VERB HOME --couchdb URL OPTIONS`: what it printed. stderr is in `words`."""
        out, err = io.StringIO(), io.StringIO()
        given = ["couchdb", verb, str(self.home), *([] if "--couchdb" in options else self.options), *options]
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.MonkeyPatch.context() as patch:
            patch.setenv(*self.setting)
            got = main(given)
        self.words = [*out.getvalue().splitlines(), *err.getvalue().splitlines()]
        assert got == code, self.words
        return out.getvalue()

    def json(self, verb: str, *options: str, code: int = 0) -> Any:
        return json.loads(self.run(verb, *options, "--json", code=code))

    def http(self) -> httpx2.Client:
        return self.server.client(base_url=f"{self.server.url}/")

    def at(self, name: str) -> str:
        """Path of our database `name`."""
        return quote(self.layout.prefix + name, safe="")

    def names(self) -> list[str]:
        """What lies under our prefix."""
        with self.http() as http:
            return [name for name in http.get("_all_dbs").json() if name.startswith(self.layout.prefix)]


@pytest.fixture(scope="package")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """HOME of a county of three offices with nothing in it but its directory; nobody changes it."""
    folder = tmp_path_factory.mktemp("founded")
    (folder / "divisions.csv").write_text("\n".join(
        line for line in DIVISIONS.splitlines() if line.split(",")[0] not in (OTHER_TOWN[:9], NEIGHBOUR, OTHER_VILLAGE)), "utf-8")
    (folder / "password.txt").write_text("demo-console-password\n", "utf-8")
    assert main(["init", str(folder / "hub"), "--county", "150822", "--divisions", str(folder / "divisions.csv"),
                 "--admin-password-file", str(folder / "password.txt")]) == 0
    return folder / "hub"


@pytest.fixture(scope="package")
def _filled(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """HOME of the same county with some of everything in it: events, receipts and the like, chunks; and in the quarantine, which
    takes anything, documents of every awkward kind."""
    home = tmp_path_factory.mktemp("filled") / "hub"
    shutil.copytree(founded, home)
    world = World()
    events = [event.doc() for n in range(20) for event in world.events[world.register().subject]]
    chunks = [make_chunk(bytes([n]) * 3000) for n in range(30)]
    with opened(home) as hub:
        for name, docs in (
            (f"office-{COUNTY}", events), (f"office-{VILLAGE}", events), (f"office-{COUNTY}-files", chunks),
            (f"office-{VILLAGE}-files", chunks[:7]), ("quarantine", filling("a")),
        ):
            with hub.databases.lease(name) as replica:
                assert replica.bulk_docs(docs, new_edits=False) == []
    return home


@pytest.fixture
def filled(_filled: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    shutil.copytree(_filled, tmp_path / "hub")
    return tmp_path / "hub"


@pytest.fixture(scope="package", params=kinds("ours", "pouchdb-server", "couchdb"))
def any_server(request: pytest.FixtureRequest) -> Iterator[ForeignServer]:
    with foreign_server(request.param) as server:
        yield server


@pytest.fixture(scope="package", params=kinds("ours", "couchdb"))
def guarded_server(request: pytest.FixtureRequest) -> Iterator[ForeignServer]:
    """Of those that ask for a password."""
    with foreign_server(request.param) as server:
        yield server


@contextlib.contextmanager
def _stores(home: Path) -> Iterator[Callable[..., Store]]:
    made = list[Store]()

    def make(server: ForeignServer, home: Path = home) -> Store:
        made.append(Store(server, home, Layout.of(COUNTY, f"test-{uuid.uuid4().hex[:10]}-")))
        return made[-1]

    try:
        yield make
    finally:
        for store in made:
            with store.http() as http:
                for name in store.names():
                    http.delete(quote(name, safe=""))


@pytest.fixture
def stored(founded: Path) -> Iterator[Callable[..., Store]]:
    """Makes a store under a prefix of its own on a server; what lies there goes with the test."""
    with _stores(founded) as make:
        yield make


@pytest.fixture(scope="module")
def making(founded: Path) -> Iterator[Callable[..., Store]]:
    """The same for the tests of a module together."""
    with _stores(founded) as make:
        yield make
