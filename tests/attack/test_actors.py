"""In another's name: a device in good order says that somebody else's officer acted on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from county_hub.commands.cli import main
from shared.disputes.kinds import registry as bodies
from shared.ledger.authoring import Act, Author, DeviceIdentity
from shared.ledger.formats.envelope import Event
from shared.ledger.published.directory_heads import change
from tests.support.attacks import refused
from tests.support.county_hub.hub_routing_support import NEIGHBOUR, TOWN, VILLAGE, ChainOf, County, db, key_of
from tests.support.county_hub.hub_support import found_county, opened


@pytest.fixture
def county(tmp_path: Path) -> Iterator[County]:
    made = County(tmp_path)
    yield made
    made.close()


def written(county: County, case: str, actor: str, office: str = VILLAGE) -> Event:
    """A note of this person on the office's device, by a program that asks nobody."""
    county.now += 1000
    device = f"{office}-001"
    with county.databases.lease(db(office)) as replica:
        author = Author(
            ChainOf(replica, device), device=DeviceIdentity(device, 1, office, key_of(device)), clock=lambda: county.now,
            directory=county.directory.cited, offset_ms=lambda: 0)
        body = bodies.build("case.note_added", {"text": "DEMO"})
        return author.write(Act("case.note_added", case, body, actor=actor, role="mediator"))


@refused("quarantine actor_office")
@pytest.mark.parametrize("actor", [f"s{TOWN}", f"s{NEIGHBOUR}"])
def test_a_village_device_signs_as_an_officer_of_the_township_or_of_a_neighbour(county: County, actor: str) -> None:
    case = county.register().subject
    forged = written(county, case, actor)
    county.router().run_pending()
    [kept] = county.docs("quarantine", "quarantine:")
    assert (kept["doc_id"], kept["reason"].partition(":")[0]) == (forged.id, "actor_office")
    assert forged.id not in county.ids(db(TOWN))


@refused("quarantine actor_office")
def test_an_officer_goes_on_on_a_device_that_he_was_let_use_while_he_helped_there(county: County) -> None:
    case = county.register().subject
    users = {f"s{TOWN}": {"by": "someone", "on": "2026-05-28"}}
    county.directory.publish([change("device", f"{VILLAGE}-001", county.device_value(VILLAGE, users=users))])
    helped = written(county, case, f"s{TOWN}")
    county.directory.publish([change("device", f"{VILLAGE}-001", county.device_value(VILLAGE))])
    county.router().run_pending()       # weeks later: what he did then is good
    assert helped.id in county.ids(db(TOWN))
    late = written(county, case, f"s{TOWN}")
    county.router("again.sqlite").run_pending()
    assert late.id not in county.ids(db(TOWN))


@refused("不能准许")
def test_a_village_lets_an_officer_of_the_township_sign_on_its_own_device(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = found_county(tmp_path)
    for staff, office in (("v1", VILLAGE), ("t1", TOWN), ("t2", TOWN)):
        named = ["--id", staff, "--name", f"演示{staff}", "--office", office, "--roles", "mediator"]
        assert main(["staff", "add", str(home), *named]) == 0
    with opened(home) as hub:
        hub.directory.add_device(f"{VILLAGE}-001", office=VILLAGE, slot="001", public_key=key_of("v").public, role="tablet")
    lend = ["device", "lend", str(home), f"{VILLAGE}-001", "--to", "t1", "--as"]
    for by in ("v1", "t1", "nobody"):
        assert main([*lend, by]) != 0
    assert "不能准许" in capsys.readouterr().err
    assert main([*lend, "t2"]) == 0
    with opened(home) as hub:
        assert hub.directory.latest().may_use(f"{VILLAGE}-001", "t1")
    assert main([*lend, "t2", "--end"]) == 0
    with opened(home) as hub:
        assert not hub.directory.latest().may_use(f"{VILLAGE}-001", "t1")
        assert hub.directory.history().may_use(f"{VILLAGE}-001", "t1", 1), "what was done meanwhile stays good"
