"""The profile of Android: nothing that has no recipe there. The program works, and says what it does without."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLAY = '''
import sys
LACKING = {"sqlcipher3", "zstandard", "keyring", "zxingcpp", "httptools", "pypdfium2", "uharfbuzz"}

class Lacking:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in LACKING:
            raise ImportError(f"{name} is not on this platform", name=name)

sys.meta_path.insert(0, Lacking())
from pathlib import Path
from tests.support.village_node.node_world import CLERK, DRAFT, Hub, World
from village_node.papers.card import clerk_card
from village_node.point.sync_round import run_round

world = World(Path(sys.argv[1]) / "world")
with world.desk(world.home()) as desk:
    case = desk.register(CLERK, DRAFT).id
    desk.act("triage", CLERK, case, {})
    outcome = run_round(desk.node, hub=Hub(world), receipt_wait_s=0)
    assert outcome.ok, outcome.sentence
    assert [row.id for row in desk.list_cases(text="ysjy")] in ([case], [])
    assert desk.people.at_rest() == "plain", desk.people.at_rest()
    assert clerk_card(desk.node).startswith(b"%PDF")
assert not LACKING & set(sys.modules)
print("played")
'''


def test_a_service_point_works_without_what_android_lacks_and_says_that_it_is_not_encrypted(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", PLAY, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=300,
                          env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.stdout.endswith("played\n"), done.stderr[-2000:]
