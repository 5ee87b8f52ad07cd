"""An edge whose router is several processes: whatever is killed or cut, CouchDB holds all that is receipted, once."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.county_hub.couchdb.conftest import Store
from tests.county_hub.couchdb.test_edge import Scene
from tests.county_hub.hub.crew.test_workers import OFFICES, everything_told, pushing, require_once, until, workers
from tests.support.county_hub.hub_support import COUNTY, found_county
from tests.support.county_hub.tablets import Tablet, equipped
from tests.support.sync.foreign import ForeignServer

CASES, NOTES = 2, 6


@pytest.mark.long
def test_workers_write_couchdb_first_and_whoever_is_killed_every_record_is_there_once(
    guarded_server: ForeignServer, stored: Callable[..., Store], tmp_path: Path
) -> None:
    print(f"seed {(seed := random.randrange(10**6))}")
    chance, home = random.Random(seed), found_county(tmp_path)
    tablets = equipped(home, tmp_path, OFFICES)
    scene = Scene(tmp_path, stored(guarded_server, home))
    scene.store.run("provision")

    def written_on() -> list[Tablet]:
        for tablet in tablets:
            tablet.write(CASES, NOTES)
        return tablets

    try:
        with scene.serving("2") as hub:
            here = until(lambda: len(found := workers(hub.process.pid)) == 3 and found, "no workers")
            with pushing(written_on(), hub):
                os.kill(chance.choice(sorted(here)), signal.SIGKILL)
            until(lambda: everything_told(home, tablets), "not everything was told", 0.5)
            require_there(scene, tablets)
            scene.link.refuse = True        # a worker notices; the server's process has to ask them all again
            scene.link.cut()
            with pushing(written_on(), hub), hub.client() as client:
                until(lambda: "store_away" in client.get("/_ready").json()["faults"], "nobody notices that CouchDB is away")
            assert not everything_told(home, tablets)
            scene.link.heal()
            until(lambda: everything_told(home, tablets), "what waited does not go on", 0.5)
            with pushing(written_on(), hub):
                hub.process.kill()
                hub.process.wait(20)
        with scene.serving("1") as hub:
            with pushing(tablets, hub):
                pass
            until(lambda: everything_told(home, tablets), "another number of workers does not go on", 0.5)
            require_there(scene, tablets)
            assert hub.stop() == 0
    finally:
        scene.close()
    require_once(home, tablets)


def require_there(scene: Scene, tablets: list[Tablet]) -> None:
    """CouchDB holds all that was receipted, each in the county's and in its office's database."""
    for office, written in ((COUNTY, tablets), *((tablet.office, [tablet]) for tablet in tablets)):
        ids = [id for id in scene.there(f"office-{office}") if id.startswith("case:")]
        assert len(ids) == sum(tablet.written for tablet in written)
