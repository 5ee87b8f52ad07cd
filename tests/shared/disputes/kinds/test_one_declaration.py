"""A kind of event is said in three places: its declaration, what it does, its words. Shown by adding one, for good, to a copy."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from shared.disputes.acts.verbs import KINDS as VERBS
from shared.disputes.kinds import registry
from shared.disputes.kinds.declare import kind
from shared.disputes.rules.roles import ALL, STAFF, at
from shared.ledger import codes, texts
from shared.ledger.formats.fields import Body, Code, Text

ROOT = Path(__file__).resolve().parents[4]

# file -> what is added at its end. These are all the places.
PLACES = {
    "shared/disputes/kinds/case_levels.py": '''

@kind("case.dog_tied", who=at(village=STAFF, township=STAFF), verb="tie_dog", by="holder", own_fact=True,
      codes={"difficulty": "difficulty"}, line=("difficulty",))
class DogTied(WithFiles):
    """DEMO."""

    difficulty: Code
    party: PartyNo
    text: Text
''',
    "shared/disputes/fold/risk.py": '''

@handles("case.dog_tied")
def dog_tied(d: Draft, e: Event, b: Body) -> None:
    if d.category != "DC02":
        d.without_effect(e, "wrong_state")
''',
    "shared/catalogue/zh_CN/kinds.toml": '''
[case.dog_tied]
title = "拴狗"
line = "把狗拴了：{text}（{difficulty}）"
yes = "记下：狗拴了"
field = { party = "谁家的狗" }
''',
}
LIFE = '''
import sys
from pathlib import Path
import shared
assert Path(shared.__file__).is_relative_to(Path(sys.argv[1])), shared.__file__
from tests.support.village_node.form_filler import filled
from tests.support.village_node.node_world import CLERK, DRAFT, World
from village_node.point.errors import Refused
from shared.disputes.forms.answers import to_draft
from shared.disputes.forms.form import Setting
from shared.disputes.forms.questions import form_for

world = World(Path(sys.argv[1]) / "world")
with world.desk(world.home()) as desk:
    case = desk.register(CLERK, DRAFT).id
    offered = {a.verb: a for a in desk.case(case, staff_id=CLERK).actions if a.enabled}
    assert offered["tie_dog"].label == "拴狗"
    assert "tie_dog" not in {a.verb for a in desk.case(case, staff_id="grid-1").actions}, "the grid is not in `who`"
    setting = Setting(desk.case(case, staff_id=CLERK), desk, "2026-11-23", CLERK, "演示员")
    form = form_for("case.dog_tied", "拴狗", setting)
    assert (form.yes, [q.label for q in form.questions]) == ("记下：狗拴了", ["难易", "谁家的狗", "还要说明的"])
    answers, signed = filled(form, whole=True)
    view = desk.tie_dog(CLERK, case, to_draft(form, answers, signed, setting).draft)
    assert view.timeline[-1].text == "把狗拴了：演示：双方说清楚了。（简易）", view.timeline[-1].text
    other = desk.register(CLERK, {**DRAFT, "category": "DC04", "subcategory": ""}).id
    try:
        desk.tie_dog(CLERK, other, {"difficulty": "simple", "party": 0, "text": "演示"})
        raise AssertionError("the handler was not asked")
    except Refused as refused:
        print(refused)
'''


def test_a_new_kind_takes_three_places_and_is_whole(tmp_path: Path) -> None:
    """Judged, offered, refused by role, filled in by its form, saved, folded, told in the history: all from three additions."""
    shutil.copytree(ROOT / "shared", tmp_path / "shared", ignore=shutil.ignore_patterns("__pycache__"))
    for name, added in PLACES.items():
        with (tmp_path / name).open("a", encoding="utf-8") as file:
            file.write(added)
    done = subprocess.run(
        [sys.executable, "-c", LIFE, str(tmp_path)], capture_output=True, text=True, cwd=tmp_path, timeout=120, check=False,
        env={"PYTHONPATH": f"{tmp_path}:{ROOT}", "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"})
    assert done.returncode == 0, done.stderr
    assert "拴狗" in done.stdout
    assert len(PLACES) <= 3


def test_a_kind_that_no_track_handles_is_found_when_the_program_is_read(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "shared", tmp_path / "shared", ignore=shutil.ignore_patterns("__pycache__"))
    name = "shared/disputes/kinds/case_levels.py"
    with (tmp_path / name).open("a", encoding="utf-8") as file:
        file.write(PLACES[name])
    done = subprocess.run(
        [sys.executable, "-c", "import shared.disputes.fold.fold"], capture_output=True, text=True, cwd=tmp_path, timeout=120,
        check=False, env={"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"})
    assert "no track handles case.dog_tied" in done.stderr


class Tied(Body):
    text: Text
    reason: Code


@pytest.mark.parametrize(("facts", "wrong"), [
    ({"codes": {"colour": "category"}}, "no field colour"), ({"names": "office"}, "no field office"),
    ({"verb": "triage"}, "the verb triage is taken"), ({"by": "anybody"}, "not anybody"),
    ({"line": {"level": "risk"}}, "no field level"),
])
def test_a_declaration_that_does_not_fit_is_an_error_at_once(facts: dict, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        kind("case.tied", who=ALL, **facts)(Tied)
    assert "case.tied" not in registry.KINDS


def test_a_kind_is_declared_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        kind("case.triaged", who=at(village=STAFF))(Tied)


def test_every_declaration_speaks_of_tables_and_words_that_there_are() -> None:
    for name, declared in registry.KINDS.items():
        assert all(codes.table(table) for table in (*declared.codes.values(), *declared.line.values())), name
        if name.startswith("case."):
            assert texts.has(f"kinds.{name}.title"), name
            assert name == "case.registered" or name in VERBS, name
