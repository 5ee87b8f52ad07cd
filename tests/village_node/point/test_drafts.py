"""Unfinished forms on this device: kept at every change, given back, thrown away, of a killed process too."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from village_node.point.drafts import UNDO_MS, DraftFile, DraftKey, Drafts

INTAKE = DraftKey("intake", "", "clerk-1")
PHOTO = DraftFile("a.jpg", "image/jpeg", "photo", b"\xff\xd8 DEMO picture")


class Hours:
    now = 1_795_406_400_000

    def __call__(self) -> int:
        self.now += 1
        return self.now


@pytest.fixture
def hours() -> Hours:
    return Hours()


@pytest.fixture
def drafts(tmp_path: Path, hours: Hours):
    made = Drafts(tmp_path / "drafts.sqlite", key=None, clock=hours)
    yield made
    made.close()


def test_the_newest_of_a_form_is_what_comes_back_with_its_photographs(drafts: Drafts):
    for letters in ("演", "演示", "演示甲"):
        drafts.save(INTAKE, letters, {"fields": {"name": letters}})
    drafts.put_file(INTAKE, "photo-1", PHOTO)
    found = drafts.get(INTAKE)
    assert found is not None
    assert (found.title, found.words, dict(found.files)) == ("演示甲", {"fields": {"name": "演示甲"}}, {"photo-1": PHOTO})


def test_no_whole_identity_number_is_kept_with_an_unfinished_form(drafts: Drafts, tmp_path: Path):
    number, case = "11010519491231002X", "150822100203202600"       # the example of GB 11643, and digits that are no number
    drafts.save(INTAKE, "演示", {"fields": {"text": f"证件{number}，案号{case}", "party": f'{{"id_last4": "{number}"}}'}})
    found = drafts.get(INTAKE)
    assert found is not None
    assert found.words["fields"]["text"] == f"证件**************002X，案号{case}"
    drafts.flush()
    assert number.encode() not in b"".join(path.read_bytes() for path in tmp_path.rglob("drafts*"))


def test_forms_cases_and_people_have_drafts_of_their_own(drafts: Drafts):
    keys = [INTAKE, DraftKey("intake", "", "clerk-2"), DraftKey("act:escalate", "c1", "clerk-1"),
            DraftKey("act:escalate", "c2", "clerk-1")]
    for key in keys:
        drafts.save(key, key.case or key.staff, {})
    assert {d.key for d in drafts.listed("clerk-1")} == {keys[0], keys[2], keys[3]}
    drafts.finish(keys[2])
    assert drafts.get(keys[2]) is None
    assert drafts.get(keys[3]) is not None


def test_what_was_thrown_away_can_be_taken_back_and_later_is_gone_from_the_file(tmp_path: Path, hours: Hours):
    path = tmp_path / "drafts.sqlite"
    first = Drafts(path, key=None, clock=hours)
    first.save(INTAKE, "t", {"fields": {"name": "演示丢弃"}})
    first.put_file(INTAKE, "photo-1", PHOTO)
    first.drop(INTAKE)
    assert first.get(INTAKE) is None
    first.take_back(INTAKE)
    assert first.get(INTAKE) is not None
    first.drop(INTAKE)
    first.close()
    hours.now += UNDO_MS + 1
    again = Drafts(path, key=None, clock=hours)
    again.save(DraftKey("other", "", "x"), "", {})
    again.close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert "演示丢弃".encode() not in path.read_bytes()
    assert PHOTO.data not in path.read_bytes()


def test_the_file_can_be_read_by_its_owner_alone(drafts: Drafts, tmp_path: Path):
    drafts.save(INTAKE, "", {})
    drafts.flush()
    modes = {p.name: p.stat().st_mode & 0o777 for p in tmp_path.iterdir()}
    assert modes
    assert set(modes.values()) == {0o600}


def test_with_a_key_nothing_of_it_is_readable(tmp_path: Path, hours: Hours):
    pytest.importorskip("sqlcipher3")
    kept = Drafts(tmp_path / "drafts.sqlite", key=bytes(range(32)), clock=hours)
    kept.save(INTAKE, "t", {"fields": {"name": "MARKED-NAME"}})
    kept.put_file(INTAKE, "p", PHOTO)
    assert kept.get(INTAKE) is not None
    kept.close()
    for path in tmp_path.iterdir():
        assert b"MARKED" not in path.read_bytes()
        assert PHOTO.data not in path.read_bytes()


def test_a_folder_that_cannot_be_written_costs_no_form(tmp_path: Path, hours: Hours):
    lost = Drafts(tmp_path / "not-there" / "drafts.sqlite", key=None, clock=hours)
    told: list[str] = []
    lost.told = lambda: told.append(lost.trouble)
    for _ in range(2):
        lost.save(INTAKE, "", {})
        lost.flush()
    assert lost.trouble
    (tmp_path / "not-there").mkdir()
    lost.save(INTAKE, "", {"a": 1})
    lost.flush()
    assert [bool(one) for one in told] == [True, False], "once when it begins, and when it is over"
    kept = lost.get(INTAKE)
    assert kept is not None
    assert kept.words == {"a": 1}
    lost.close()


_WRITER = """
import sys
from pathlib import Path
from village_node.point.drafts import DraftFile, DraftKey, Drafts
drafts = Drafts(Path(sys.argv[1]), key=None, clock=lambda: 1)
key = DraftKey("intake", "", "clerk-1")
n = 0
while True:
    n += 1
    drafts.save(key, str(n), {"fields": {"n": str(n)}})
    drafts.put_file(key, f"photo-{n % 5}", DraftFile("a.jpg", "image/jpeg", "photo", bytes([n % 251]) * 50_000))
    drafts.flush()
    print(n, flush=True)
"""


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_what_was_said_to_be_kept_survives_a_killed_process(tmp_path: Path, seed: int):
    """SIGKILL after a random number of changes: everything said so far is there."""
    print("seed", seed)
    path, wanted = tmp_path / "drafts.sqlite", random.Random(seed).randrange(3, 40)
    writer = subprocess.Popen([sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    said = 0
    while said < wanted:
        said = int(writer.stdout.readline())
    os.kill(writer.pid, signal.SIGKILL)
    rest = writer.stdout.read().split()
    writer.wait()
    said = int(rest[-1]) if rest else said
    kept = Drafts(path, key=None, clock=lambda: 2)
    found = kept.get(INTAKE)
    kept.close()
    assert found is not None
    assert int(found.words["fields"]["n"]) >= said
    assert all(len(set(f.data)) == 1 and len(f.data) == 50_000 for f in found.files.values())
