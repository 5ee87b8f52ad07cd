"""A county in one folder for tests of whole stories: a founded hub and service points of a village, its town and another town,
driven by the real command lines, synchronised in this process (real replicas, router, receipts; no HTTP, no server).

    county = ScratchCounty(folder)
    made = county.village("case", "register", "--as", CLERK, "--set", ...)       # HOME is put in; JSON comes back
    county.sync()                                                              # rounds of every service point, and the router
    county.hub("case", "recall", made["id"], "--as", OFFICER, ...)
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from county_hub.commands.cli import main as hub_main
from county_hub.hub import hub as hub_core
from shared.ledger.days import SHANGHAI
from shared.ledger.formats.keys import DeviceKey
from sync.replica import LocalReplica
from tests.support.copies import copied
from tests.support.county_hub.hub_support import COUNTY, NEIGHBOUR, OTHER_TOWN, TOWN, VILLAGE, found_county, opened
from village_node import composition
from village_node.__main__ import main as node_main
from village_node.point.home import Home, NodeConfig
from village_node.point.hub_client import HubTime
from village_node.point.sync_round import run_round

CLERK, MEMBER, GROUP, LEADER, MEDIATOR = "clerk", "member", "group", "leader", "mediator"
NEXT_DOOR, OFFICER, OTHER_OFFICER, COUNTY_OFFICER = "nextdoor", "officer", "otherofficer", "dispatcher"
STAFF = (
    (CLERK, "演示文员", VILLAGE, "window_clerk"), (MEMBER, "演示网格员", VILLAGE, "grid_member"),
    (GROUP, "演示组长", VILLAGE, "group_grid_leader"), (LEADER, "演示村长", VILLAGE, "village_grid_leader"),
    (MEDIATOR, "演示调解员", VILLAGE, "mediator"), (NEXT_DOOR, "演示邻村员", NEIGHBOUR, "mediator;window_clerk"),
    (OFFICER, "演示司法员", TOWN, "judicial_officer"), (OTHER_OFFICER, "演示外镇员", OTHER_TOWN, "judicial_officer"),
    (COUNTY_OFFICER, "演示调度员", COUNTY, "dispatcher"), ("expert", "演示专家", COUNTY, "expert"),
    ("aid", "演示援助员", COUNTY, "legal_aid_officer"),
)
OFFICES = (VILLAGE, NEIGHBOUR, TOWN, OTHER_TOWN)
DRAFT = {
    "parties": [{"name": "演示甲", "phone": "13800000001"}, {"name": "演示乙", "role": "respondent", "phone": "13800000002"}],
    "summary": "DEMO 排水渠争议", "category": "DC02", "difficulty": "ordinary",
}


def day(days: int) -> str:
    """A date so many days from today in Shanghai."""
    today = dt.datetime.now(SHANGHAI).date()
    return (today + dt.timedelta(days=days)).isoformat()


def sets(**fields: Any) -> list[str]:
    """`--set` options; lists and objects as JSON."""
    texts = {k: json.dumps(v, ensure_ascii=False) if isinstance(v, (dict, list, bool)) else str(v) for k, v in fields.items()}
    return [part for name, text in texts.items() for part in ("--set", f"{name}={text}")]


class CommandFailed(AssertionError):
    def __init__(self, argv: tuple[str, ...], code: int, err: str) -> None:
        super().__init__(f"{' '.join(argv)} -> {code}: {err}")
        self.code, self.err = code, err


class ScratchCounty:
    def __init__(self, folder: Path) -> None:
        self.folder, self._drafts, self.home = folder, 0, folder / "hub"
        self.homes = {office: folder / f"home-{office}-{slot}" for slot, office in enumerate(OFFICES, 1)}
        copied(_begun, folder)

    # --- commands

    def hub(self, *words: object, fails: bool = False) -> Any:
        """A command of the county; HOME goes behind the words that are verbs."""
        return self._run(hub_main, self.home, words, fails)

    def village(self, *words: object, fails: bool = False) -> Any:
        return self.at(VILLAGE, *words, fails=fails)

    def neighbour(self, *words: object, fails: bool = False) -> Any:
        return self.at(NEIGHBOUR, *words, fails=fails)

    def town(self, *words: object, fails: bool = False) -> Any:
        return self.at(TOWN, *words, fails=fails)

    def other_town(self, *words: object, fails: bool = False) -> Any:
        return self.at(OTHER_TOWN, *words, fails=fails)

    def at(self, office: str, *words: object, fails: bool = False) -> Any:
        return self._run(node_main, self.homes[office], words, fails)

    def register(self, staff: str = CLERK, *, office: str = VILLAGE, **fields: Any) -> str:
        """A case registered at a service point; its id."""
        made = self.at(office, "case", "register", "--as", staff, "--json", self.draft({**DRAFT, **fields}))
        return str(made["row"]["id"])

    def draft(self, value: Any) -> Path:
        """The value as a JSON file, for `--json`."""
        self._drafts += 1
        path = self.folder / f"draft-{self._drafts}.json"
        path.write_text(json.dumps(value, ensure_ascii=False), "utf-8")
        return path

    def _run(self, main: Any, home: Path, words: tuple[object, ...], fails: bool) -> Any:
        """`words` holds the mark HOME, or HOME is put behind the first two words. With `fails` the sentences on stderr."""
        texts = [json.dumps(w, ensure_ascii=False) if isinstance(w, (dict, list)) else str(w) for w in words]
        argv = [str(home) if w == "HOME" else w for w in texts] if "HOME" in texts else [*texts[:2], str(home), *texts[2:]]
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                code = main(argv)
            except SystemExit as end:
                code = int(end.code or 0)
        if fails:
            assert code in (1, 2), (argv, out.getvalue())
            assert "Traceback" not in err.getvalue()
            return err.getvalue().strip()
        if code != 0:
            raise CommandFailed(tuple(argv), code, err.getvalue())
        with contextlib.suppress(ValueError):
            return json.loads(out.getvalue())
        return out.getvalue()

    # --- service points

    def another_device(self, name: str, office: str, slot: int) -> None:
        """One more service point of an office, by `at(name, ...)` and `sync(name)`."""
        self.homes[name] = self._enrol(office, slot)

    def _enrol(self, office: str, slot: int) -> Path:
        return _enrolled(self.home, self.folder, office, slot)

    def twin(self, office: str) -> Any:
        """A second device of an office, as a function like `village`; `sync` takes it along."""
        slot = len(self.homes) + 1
        name = f"{office}/{slot}"
        self.homes[name] = self._enrol(office, slot)
        return lambda *words, fails=False: self.at(name, *words, fails=fails)

    def sync(self, *offices: str) -> None:
        """Up from every service point (or these), through the router, and down again."""
        chosen = offices or tuple(self.homes)
        for office in chosen:
            self._round(self.homes[office])
        self.route()
        for office in chosen:
            self._round(self.homes[office])

    def route(self) -> None:
        """What `serve` does beside HTTP."""
        with opened(self.home) as hub:
            router = hub_core.router_of(hub)
            router.run_pending()
            router.close()
            hub.projector.catch_up()
            hub_core.closed_office_of(hub).look()

    def _round(self, home: Path) -> None:
        _round(self.home, home)


def _round(county: Path, home: Path) -> None:
    with opened(county) as hub, composition.open_node(home) as node:
        outcome = run_round(node, hub=InProcess(hub, node.config.office), receipt_wait_s=0.0)     # type: ignore[arg-type]
        assert outcome.ok, outcome.sentence


def _enrolled(county: Path, folder: Path, office: str, slot: int) -> Path:
    """HOME of one more service point."""
    device, key, place = f"{office}-{slot:03d}", DeviceKey.generate(os.urandom), Home(folder / f"home-{office}-{slot}")
    with opened(county) as hub:
        hub.directory.add_device(device, office=office, slot=f"{slot:03d}", public_key=key.public, role="tablet")
        known = hub.identity()
    place.create()
    place.add_identity(device, device_key=key.save(), username=device, password="demo")
    place.write_config(NodeConfig(
        device=device, slot=f"{slot:03d}", office=office, role="tablet", hub_url="http://127.0.0.1:9", hub_id=known.hub_id,
        hub_epoch=known.epoch, hub_public_key=known.public_key,
        databases={"office": f"office-{office}", "files": f"office-{office}-files", "closed": f"office-{office}-closed",
                   "directory": "directory"}))
    _round(county, place.root)
    return place.root


def _begun(folder: Path) -> None:
    """The county and its service points before anything happened."""
    with contextlib.redirect_stdout(io.StringIO()):
        home = found_county(folder)
    with opened(home) as hub:      # in service long enough for stories that began weeks ago
        people = [(id, name, office, tuple(roles.split(";"))) for id, name, office, roles in STAFF]
        hub.directory.add_staff(people, since=day(-400))
    for slot, office in enumerate(OFFICES, 1):
        _enrolled(home, folder, office, slot)


class InProcess:
    """Stands where `HubClient` stands: the hub's databases themselves."""

    url = "in-process"

    def __init__(self, hub: Any, office: str) -> None:
        self._hub, base = hub, f"office-{office}"
        self._names = {"office": base, "files": f"{base}-files", "closed": f"{base}-closed", "directory": "directory"}

    def has(self, kind: str) -> bool:
        return kind in self._names

    @contextlib.contextmanager
    def peer(self, kind: str) -> Iterator[LocalReplica]:
        with self._hub.databases.lease(self._names[kind]) as replica:
            yield replica

    def time(self, clock: Any) -> HubTime:
        known = self._hub.identity()
        return HubTime(0, known.hub_id, known.epoch)

    def releases(self) -> list[Any]:
        return []

    def offer(self, heads: list[dict[str, Any]]) -> bool:
        return True

    def state(self, statement: dict[str, Any]) -> None:
        self._hub.statements.take(statement, statement["device"])
