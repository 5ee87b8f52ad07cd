"""docs/FEATURES.md: every function is there, and what it says it has is shown by a test and a screen or command that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROW = re.compile(r"^\| (?P<id>[^|]+) \| (?P<name>[^|]+) \| (?P<state>have|adapter|out of scope) \| (?P<shown>.+) \|$")
LINK = re.compile(r"\[([^\]]+)\]\(\.\./([^)]+)\)")
COMMAND = re.compile(r"`((?:county-hub|village-node) [a-z-]+(?: [a-z-]+)*)`")
# 1.7 and 1.8 by their own ids; of the list that buyers ask, the words.
WANTED = {*(f"F{n:02d}" for n in range(1, 25)), *(f"D{n}" for n in range(1, 8))}
ASKED = (
    "多渠道登记受理", "来源", "分诊分流", "派单", "三单两函", "一案一码", "红黄牌预警", "督办", "回访", "满意度",
    "联合调解", "视频", "笔录",
    "文书模板", "电子签章", "司法确认衔接", "类案、法条", "重点人群", "走访巡查", "调解员库", "排班",
    "培训", "补贴", "大屏指挥", "双向移送",
    "存证", "研判日、周、月报", "三区布置", "等保", "密评", "信创",
)


def rows() -> list[re.Match[str]]:
    lines = (ROOT / "docs" / "FEATURES.md").read_text("utf-8").splitlines()
    found = [ROW.match(line) for line in lines if line.startswith("| ") and not line.startswith("| id")]
    assert None not in found, "a row without a known state"
    return [row for row in found if row is not None]


def test_every_function_of_the_reference_and_of_the_checklist_has_its_row() -> None:
    ids, names = [row["id"] for row in rows()], " ".join(row["name"] for row in rows())
    assert len(ids) == len(set(ids))
    assert set(ids) >= WANTED
    assert [word for word in ASKED if word not in names] == []
    assert {row["state"] for row in rows()} == {"have", "adapter", "out of scope"}


def test_what_is_there_is_shown_by_a_test_and_a_screen_or_command_that_exist() -> None:
    documented = (ROOT / "docs" / "COMMANDS.md").read_text("utf-8")
    for row in rows():
        if row["state"] != "have":
            continue
        links, commands = LINK.findall(row["shown"]), COMMAND.findall(row["shown"])
        (test, path), *screens = links
        assert f"def {test}(" in (ROOT / path).read_text("utf-8"), f"{row['id']}: {path} has no {test}"
        assert screens or commands, f"{row['id']} names neither screen nor command"
        assert all((ROOT / place).is_file() for _, place in screens), row["id"]
        for command in commands:
            assert " ".join(command.split()[:2]) in documented, f"{row['id']}: `{command}` is no command"


def test_what_is_not_there_says_why() -> None:
    for row in rows():
        if row["state"] != "have":
            assert len(row["shown"]) > 40, row["id"]
            assert not LINK.search(row["shown"]), row["id"]
