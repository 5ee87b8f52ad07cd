"""A list of parties from a CSV file: all rows or none, each fault with its line and remedy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shared.disputes.acts.refusal import Refusal
from shared.disputes.acts.roster_file import read_roster
from shared.disputes.kinds.registry import build
from tests.support.village_node.node_world import CLERK, DRAFT, World
from village_node.__main__ import main

LIST = """姓名,身份,性别,年龄,民族,证件末四位,电话,住址,个人或单位,法定代表人
演示甲,申请人,男,52,汉族,123X,13800000001,甲村二组1号,,

演示开发公司,被申请人,,,,,0478-7862134,县城,单位,演示丙
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_list_as_a_spreadsheet_saves_it_becomes_parties(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "名册.csv"
    file.write_bytes(LIST.encode(encoding))
    first, second = read_roster(file)
    assert first == {"name": "演示甲", "role": "applicant", "gender": "male", "age": 52, "ethnicity": "汉族", "id_last4": "123X",
                     "phone": "13800000001", "address": "甲村二组1号"}
    assert (second["kind"], second["representative"]) == ("unit", "演示丙")
    assert len(build("case.parties_added", {"no": 2, "parties": [first, second]})["parties"]) == 2


@pytest.mark.parametrize(("text", "said"), [
    ("", "是空的"), ("姓名,星座\n演示甲,白羊\n", "不认识：星座"), ("身份\n申请人\n", "至少要有“姓名”"),
    ("姓名,身份\n演示甲,申请人\n,申请人\n", "第 3 行没有姓名"), ("姓名,身份\n演示甲,房东\n", "第 2 行“身份”写的是“房东”"),
    ("姓名,年龄\n演示甲,五十\n", "第 2 行“年龄”"), ("姓名\n" + "演示\n" * 1001, "一次最多 1000 人"),
    ("姓名\n\"" + "演" * 140_000, "少了一个引号"), ("9" * 5000 + ",姓名\n1,演示甲\n", "不认识：9{29}…"),
])
def test_a_fault_is_named_with_line_value_and_remedy(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "名册.csv"
    file.write_text(text, "utf-8")
    with pytest.raises(Refusal, match=said):
        read_roster(file)


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="读不了"):
        read_roster(tmp_path / "没有.csv")
    (tmp_path / "坏.csv").write_bytes(b"\xff\xff\xff\x00\x80")
    with pytest.raises(Refusal):
        read_roster(tmp_path / "坏.csv")


def test_a_list_registers_its_dispute_in_one_act_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = World(tmp_path / "world")
    home, file, draft = world.home(), tmp_path / "名册.csv", tmp_path / "draft.json"
    rows = "".join(f"演示户{n:03d},申请人,138{n:08d}\n" for n in range(62))
    file.write_text("姓名,身份,电话\n" + rows + "演示公司,被申请人,\n", "utf-8")
    draft.write_text(json.dumps({**DRAFT, "parties": []}), "utf-8")
    key = ["--key-file", str(world.key_file)] if hasattr(world, "key_file") else []
    assert main(["case", "register", str(home), "--as", CLERK, "--json", str(draft), "--roster", str(file), *key]) == 0
    case = json.loads(capsys.readouterr().out)
    assert len(case["parties"]) == 63
    file.write_text("姓名,身份\n演示甲,房东\n", "utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["case", "add-parties", str(home), case["row"]["id"], "--as", CLERK, "--roster", str(file), "--date", "2026-02-30",
              *key])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert "第 2 行“身份”写的是“房东”" in said
    assert "2026-02-30" in said
