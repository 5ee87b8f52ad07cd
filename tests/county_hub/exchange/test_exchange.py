"""`county-hub exchange`: old registers in, other systems' files out and in again, all rows or none, going on after a break."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import io
import json
import shutil
import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from county_hub.commands.cli import main
from county_hub.county import exchange_files
from county_hub.county.acts import CountyActs
from county_hub.county.exchange_office import ExchangeOffice
from shared.disputes.exchange.fields import DERIVED
from shared.disputes.exchange.mappings import PROFILES, profile
from tests.support.county_hub.hub_support import COUNTY, VILLAGE, found_county, opened

OLD: list[list[str]] = [
    ["DEMO 磴口县2019年矛盾纠纷台账"],
    ["序号", "登记时间", "所属村", "甲方", "乙方", "纠纷类型", "简要情况", "涉及金额", "调解结果",
     "协议类型", "结案时间", "经办人"],
    ["2019-1", "2019年3月5日", "旧地村委会", "演示甲", "演示乙、演示丙", "邻里", "DEMO 排水渠争议", "3.5万元",
     "达成书面协议", "书面协议", "2019.4.1", "演示丁"],
    ["2019-2", "2019/5/20", "150822100201", "演示戊", "演示己", "山林土地纠纷", "DEMO 草场争议", "", "", "", "", ""],
    ["", "20190701", "", "演示庚", "演示辛", "损害赔偿", "DEMO 牛进了玉米地", "800",
     "达成口头协议", "口头协议", "2019-07-02", ""],
]
MATTERS: list[tuple[tuple[str, str], dict[str, Any]]] = [
    (("DC02", "drainage"), {"people": 12}),
    (("DC07", "pasture_boundary"), {"source": "entrusted", "entrusting_body": "court_preassigned", "amount_fen": 3_500_00,
                                    "language": "mongolian"}),
    (("DC08", "crops"), {"source": "hotline_12345", "difficulty": "major", "risk": 3, "foreign": False,
                         "elsewhere": [{"system": "hotline_12345", "number": "DEMO-GD-7"}]}),
    (("DC99", "village_affairs"), {"source": "grid_report", "stability": True, "prevented": ["mass_petition"]}),
]
HEADS = ["登记日期", "申请人", "被申请人", "纠纷类别", "纠纷简要情况"]


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A county with an officer and a case of every kind that a profile tells apart; the tests work on copies."""
    home = county(tmp_path_factory.mktemp("seeded"))
    with opened(home) as hub:
        acts = CountyActs(hub)
        for number, (sub, more) in enumerate(MATTERS):
            acts.register("officer", {
                "parties": [{"name": f"演示甲{number}", "phone": "13800000001", "gender": "female", "age": 50,
                             "id_kind": "id_card", "id_last4": "123X", "address": "DEMO 一组"},
                            {"name": f"=演示乙{number}", "role": "respondent"}],
                "place": {"office": VILLAGE, "text": "DEMO 渠边"}, "summary": f"DEMO 第{number}件", "category": sub[0],
                "subcategory": sub[1], **more})
        acts.record("petition.registered", None, "officer", {
            "channel": "letter_visit", "form": "visit", "category": "agriculture", "place": {"office": VILLAGE},
            "summary": "DEMO 信访", "persons": ["演示甲"], "person_times": 3})
    return home


def county(folder: Path) -> Path:
    home = found_county(folder)
    words = ("--id", "officer", "--name", "演示员", "--office", COUNTY, "--roles", "dispatcher")
    assert run("staff", "add", str(home), *words)[0] == 0
    return home


@pytest.fixture
def home(seeded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(seeded, tmp_path / "hub"))


def run(*words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(list(words))
    return code, out.getvalue(), err.getvalue()


def taken(home: Path, path: Path, name: str, form: str, *more: str) -> tuple[int, dict[str, Any]]:
    code, out, err = run("exchange", "import", str(home), "--profile", name, "--format", form, str(path), "--json", *more)
    assert out, err
    return code, json.loads(out)


def given(home: Path, name: str, form: str, path: Path, *more: str) -> dict[str, Any]:
    words = ("--profile", name, "--format", form, "--out", str(path), "--json", *more)
    code, out, err = run("exchange", "export", str(home), *words)
    assert code == 0, err
    return dict(json.loads(out))


def cases(home: Path) -> list[dict[str, Any]]:
    return list(json.loads(run("case", "list", str(home), "--json")[1])["cases"])


def write_csv(path: Path, rows: Sequence[Sequence[str]], encoding: str = "utf-8-sig") -> Path:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def test_an_old_register_with_a_title_other_headings_and_an_old_encoding_comes_in_once(home: Path, tmp_path: Path) -> None:
    before, path = len(cases(home)), write_csv(tmp_path / "台账.csv", OLD, "gb18030")
    code, dry = taken(home, path, "plain", "csv", "--dry-run")
    assert (code, dry["ready"], dry["imported"], dry["unread_headings"], dry["as"]) == (
        0, 3, 0, ["经办人"], "officer"), dry["refused"]
    assert len(cases(home)) == before, "a dry run writes nothing"
    code, done = taken(home, path, "plain", "csv")
    assert (code, done["imported"], done["refused"]) == (0, 3, [])
    shown = [json.loads(run("case", "show", str(home), case, "--json")[1]) for case in done["cases"]]
    assert [(c["state"], c["category"], c["registered_on"], c["closed_on"], len(c["parties"])) for c in shown] == [
        ("closed", "DC02", "2019-03-05", "2019-04-01", 3), ("registered", "DC07", "2019-05-20", None, 2),
        ("closed", "DC06", "2019-07-01", "2019-07-02", 2)]
    assert (shown[0]["particulars"]["amount_fen"], shown[0]["place"]["office"]) == (3_500_000, VILLAGE)
    assert taken(home, path, "plain", "csv")[1]["known"] == 3
    assert len(cases(home)) == before + 3, "the same file again adds nothing"


def test_one_wrong_row_keeps_all_out_and_comes_back_with_its_reason(home: Path, tmp_path: Path) -> None:
    before = len(cases(home))
    rows = [HEADS, ["2019-02-30", "演示甲", "演示乙", "邻里纠纷", "DEMO"], ["2019-03-01", "演示丙", "演示丁", "算命", "DEMO"],
            ["2019-03-02", "演示戊", "演示己", "婚姻家庭纠纷", "DEMO"], ["2999-01-01", "", "", "物业", ""]]
    path = write_csv(tmp_path / "坏.csv", rows)
    code, out, err = run("exchange", "import", str(home), "--profile", "plain", "--format", "csv", str(path))
    assert (code, len(cases(home))) == (1, before)
    assert "4 行中有 3 行不能导入，一行都没有写入" in err
    sheet = load_workbook(tmp_path / "坏-退回.xlsx").worksheets[0]
    found = list(sheet.iter_rows(values_only=True))
    assert found[0][:3] == ("原文件行号", "不能导入的原因", "登记日期")
    assert [row[0] for row in found[1:]] == [2, 3, 5]
    assert "登记日期：日期“2019-02-30”看不懂" in found[1][1]
    assert "纠纷类别：“算命”不在“本系统”的分类里" in found[2][1]
    assert [word for word in ("晚于今天", "申请人：没有填", "纠纷简要情况：没有填") if word not in found[3][1]] == []
    assert "第 2 行：" in out
    rows[1][0], rows[2][3], rows[4] = "2019-02-28", "其他", ["2019-01-01", "演示庚", "", "物业", "DEMO"]
    assert taken(home, write_csv(path, rows), "plain", "csv")[1]["imported"] == 4


@pytest.mark.parametrize("name", PROFILES)
def test_every_export_comes_in_again_and_goes_out_as_it_was(home: Path, tmp_path: Path, name: str) -> None:
    other = county(_folder(tmp_path / "second"))
    first = given(home, name, "json", tmp_path / "1.json")
    assert first["rows"] >= 1
    code, done = taken(other, tmp_path / "1.json", name, "json")
    assert (code, done["refused"], done["imported"]) == (0, [], first["rows"])
    again = given(other, name, "json", tmp_path / "2.json")
    assert again["rows"] == first["rows"]
    kept = [head for head, field in profile(name).columns
            if field.partition(":")[0] not in DERIVED | {"number", "other_number", "level", "phone", "address", "accepted_on"}]
    one, two = (json.loads((tmp_path / f"{n}.json").read_text("utf-8"))["rows"] for n in (1, 2))
    shown = [[{head: row.get(head) for head in kept} for row in sorted(rows, key=str)] for rows in (one, two)]
    assert shown[0] == shown[1]
    code, third = taken(other, tmp_path / "1.json", name, "json")
    assert (third["known"], third["imported"]) == (first["rows"], 0)


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def test_a_workbook_holds_numbers_and_days_and_no_formula_and_says_what_is_lost(home: Path, tmp_path: Path) -> None:
    done = given(home, "zz", "xlsx", tmp_path / "zz.xlsx")
    assert any(loss["value"] == "山林土地纠纷-草牧场边界" for loss in done["losses"])
    book = load_workbook(tmp_path / "zz.xlsx")
    sheet = book.worksheets[0]
    assert (sheet.freeze_panes, sheet.max_row) == ("A2", 5)
    heads = {cell.value: cell.column - 1 for cell in sheet[1]}
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert {type(row[heads["涉及人数"]]) for row in rows} == {int}
    assert [row[heads["涉及金额（元）"]] for row in rows if row[heads["涉及金额（元）"]]] == [3500]
    assert all(isinstance(row[heads["登记日期"]], dt.datetime) for row in rows)
    assert all(str(row[heads["对方当事人"]]).startswith("'=") for row in rows), "a name that begins so is no formula"
    assert [row[heads["事件规模"]] for row in rows] == ["一般群体性事件", "个体性事件", "个体性事件", "个体性事件"]
    said = {row[0]: row[1] for row in book.worksheets[1].iter_rows(values_only=True) if row and row[0]}
    assert said["核实情况"] == "见于公开系统代码，标准原文未读到"
    assert said["填报单位"] == "磴口县"


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_what_begins_like_a_formula_comes_back_as_it_was(form: str, tmp_path: Path) -> None:
    words = ["=1+1", "-甲", "@演示", "+86 478-0000000", "'=演示", "-5.5"]
    path = tmp_path / f"words.{form}"
    path.write_bytes(exchange_files.write(form, ["事项", "号"], [[word, n] for n, word in enumerate(words)], {}))
    _, lines = exchange_files.read(path, form, len)
    assert [cells["事项"] for _, cells in lines] == words


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed (apt install libreoffice-calc-nogui)")
def test_another_program_reads_every_profiles_workbook_as_it_was_written(home: Path, tmp_path: Path) -> None:
    """LibreOffice, without a window: every cell of the first sheet, numbers as numbers, nothing taken for a formula."""
    books = [tmp_path / f"{name}.xlsx" for name in PROFILES]
    for name, book in zip(PROFILES, books, strict=True):
        given(home, name, "xlsx", book)
    made = subprocess.run(["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to",
                           "csv:Text - txt - csv (StarCalc):44,34,76", "--outdir", str(tmp_path), *map(str, books)],
                          check=True, capture_output=True, timeout=300)
    for book in books:
        read = book.with_suffix(".csv")
        assert read.is_file(), made.stderr.decode()
        there = list(csv.reader(read.read_text("utf-8").splitlines()))
        ours = [[_shown(cell) for cell in row] for row in load_workbook(book).worksheets[0].iter_rows(values_only=True)]
        assert [[_plain(cell) for cell in row] for row in there] == ours, book.name
        assert len(there) >= 2, book.name


def _shown(cell: object) -> str:
    return "" if cell is None else _plain(cell.date().isoformat() if isinstance(cell, dt.datetime) else str(cell))


def _plain(text: str) -> str:
    """Amounts without their formatting: 3,500.00 and 3500 are one sum."""
    number = text.replace(",", "")
    with contextlib.suppress(ValueError):
        return f"{float(number):g}" if number[:1] not in "0" or number == "0" or "." in number else text
    return text


def test_an_export_that_was_broken_off_goes_on_and_takes_changed_cases_anew(home: Path, tmp_path: Path) -> None:
    kept = tmp_path / "out.part"
    with opened(home) as hub:
        office = ExchangeOffice(CountyActs(hub), profile("moj"))

        def stop(done: int, total: int) -> None:
            if done == 3:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            office.export("json", None, kept, stop)
        assert len(kept.read_text("utf-8").split()) >= 3
        with kept.open("a", encoding="utf-8") as file:
            file.write('["half a li')
        first = json.loads(kept.read_text("utf-8").splitlines()[1])[1]
        acts = CountyActs(hub)
        acts.case("note_particulars", first, "officer", {"people": 77})
        told: list[tuple[int, int]] = []
        done = ExchangeOffice(acts, profile("moj")).export("json", None, kept, lambda n, total: told.append((n, total)))
    assert (done.rows, told[-1]) == (4, (4, 4))
    assert json.loads(done.content)["rows"][0]["当事人数"] == 77
    fresh = [json.loads(line)[1] for line in kept.read_text("utf-8").splitlines() if line.endswith("]")][3:]
    assert (len(fresh), first in fresh) == (2, True), "two were whole and unchanged, one had changed, one was not made yet"


def test_only_what_changed_since_a_day_and_nothing_strictly_confidential(home: Path, tmp_path: Path) -> None:
    run("case", "register", str(home), "--as", "officer", "--set", "summary=DEMO 保密", "--set", "category=DC01", "--set",
        "confidentiality=strict", "--set", 'parties=[{"name": "演示密"}]')
    done = given(home, "plain", "csv", tmp_path / "all.csv")
    assert (done["rows"], done["withheld"]) == (4, 1)
    assert "演示密" not in (tmp_path / "all.csv").read_text("utf-8-sig")
    assert given(home, "plain", "csv", tmp_path / "none.csv", "--since", "2999-01-01")["rows"] == 0
    assert given(home, "12345", "csv", tmp_path / "hot.csv")["rows"] == 1
    found = json.loads(run("case", "list", str(home), "--search", "DEMO-GD-7", "--json")[1])
    assert found["total"] == 1, "the hotline's number finds the case"
    assert given(home, "court", "csv", tmp_path / "court.csv")["rows"] == 1
    run("exchange", "export", str(home), "--profile", "nm", "--format", "csv", "--out", str(tmp_path / "dry.csv"), "--dry-run")
    assert not (tmp_path / "dry.csv").exists()


def test_a_whole_identity_number_is_checked_told_from_and_sealed(home: Path, tmp_path: Path) -> None:
    heads = [*HEADS, "申请人证件后四位"]
    good, bad = "11010519491231002X", "110105194912310021"      # the example of GB 11643
    path = write_csv(tmp_path / "号.csv", [heads, ["2026-01-05", "演示甲", "演示乙", "邻里", "DEMO", bad]])
    code, done = taken(home, path, "plain", "csv")
    assert (code, good[:17] in json.dumps(done, ensure_ascii=False), bad in json.dumps(done)) == (1, False, False)
    code, done = taken(home, write_csv(path, [heads, ["2026-01-05", "演示甲", "演示乙", "邻里", "DEMO", good]]), "plain", "csv")
    [case] = done["cases"]
    party = json.loads(run("case", "show", str(home), case, "--json")[1])["parties"][0]
    assert (party["id_last4"], party["gender"], party["age"], party["id_kind"]) == ("002X", "female", 76, "id_card")
    assert good.encode() not in b"".join(p.read_bytes() for p in home.rglob("*") if p.is_file())


def test_files_beyond_the_bounds_are_refused_in_words(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * (exchange_files.MOST_UNPACKED + 1))
    many = write_csv(tmp_path / "many.csv", [HEADS, *([f"2019-01-0{n}", "甲", "乙", "邻里", "DEMO"] for n in range(1, 6))])
    monkeypatch.setattr(exchange_files, "MOST_ROWS", 4)
    for path, form, word in ((bomb, "xlsx", "展开后超过"), (many, "csv", "一次最多 4 行"), (many, "xlsx", "不是完好的 xlsx 文件"),
                             (many, "json", "不是完好的 json 文件"), (tmp_path / "nothing.csv", "csv", "读不了文件"),
                             (write_csv(tmp_path / "x.csv", [["a", "b"], ["1", "2"]]), "csv", "找不到表头"),
                             (write_csv(tmp_path / "y.csv", [[*HEADS, "登记日期"], []]), "csv", "重复的栏目：登记日期")):
        code, _, err = run("exchange", "import", str(home), "--profile", "plain", "--format", form, str(path))
        assert (code, word in err) == (2, True), err
    code, _, err = run("exchange", "import", str(home), "--profile", "plain", "--format", "csv", str(many), "--as", "nobody")
    assert (code, "nobody" in err) == (2, True)
