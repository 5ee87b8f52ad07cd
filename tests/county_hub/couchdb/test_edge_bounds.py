"""For which offices an edge's receipts count: the list in its entry only grows, and an entry from before gets one. What an edge
says that was never served."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from county_hub.commands.cli import main
from county_hub.couchdb.edges import add, hand_over, retire
from shared.ledger.formats.keys import ED25519
from shared.ledger.published.directory_heads import change
from shared.ledger.published.edges import believed_keys, edge_of
from tests.support.county_hub.hub_routing_support import key_of
from tests.support.county_hub.hub_support import COUNTY, NEIGHBOUR, OTHER_TOWN, OTHER_VILLAGE, TOWN, VILLAGE, found_county, opened


def test_a_hand_over_takes_nothing_back_and_a_directory_from_before_gets_its_lists_out_of_its_versions(tmp_path: Path) -> None:
    old = f"{COUNTY}-099"

    def entry(offices: list[str]) -> dict[str, object]:
        return {"office": COUNTY, "slot": 99, "public_key": key_of("old").public, "alg": ED25519, "status": "active",
                "final_seq": None, "role": "edge", "enrolled_at": 1,
                "edge": {"name": "old", "offices": offices, "urls": [], "tls": [], "author": ""}}

    with opened(found_county(tmp_path)) as hub:
        hub.directory.publish([change("device", old, entry([VILLAGE]))])
        hub.directory.publish([change("device", old, entry([OTHER_TOWN]))])
        assert set(believed_keys(hub.directory.latest(), NEIGHBOUR)) == {old}, "no list, no bound"
        made = add(hub, "new", [TOWN], [], [], tmp_path / "bundle")

        def believed(office: str) -> set[str]:
            return set(believed_keys(hub.directory.latest(), office))

        assert believed(NEIGHBOUR) == believed(TOWN) == {made.device}
        assert believed(VILLAGE) == {old, made.device}
        assert believed(OTHER_VILLAGE) == {old}
        assert believed(COUNTY) == set()
        hand_over(hub, "new", [OTHER_VILLAGE])
        retire(hub, "old", lost=False)
        assert believed(VILLAGE) == believed(OTHER_VILLAGE) == {old, made.device}
        found = edge_of(hub.directory.latest(), made.device)
        assert found is not None
        assert found.offices == (OTHER_VILLAGE,)
        assert found.served == tuple(sorted([TOWN, VILLAGE, NEIGHBOUR, OTHER_VILLAGE]))


def test_an_edge_that_was_never_served_says_so_and_raises_no_false_alarm(tmp_path: Path, capsys: Any) -> None:
    with opened(found_county(tmp_path)) as hub:
        add(hub, "new", [TOWN], [], [], tmp_path / "bundle")
    edge = str(tmp_path / "edge")
    assert main(["init", edge, "--edge", str(tmp_path / "bundle"), "--admin-password-file", str(tmp_path / "password.txt")]) == 0
    for words in (["status", edge], ["doctor", edge]):
        capsys.readouterr()
        assert main(words) == 1
        said = capsys.readouterr()
        assert "--couchdb" in said.out + said.err
        assert "公钥" not in said.out
