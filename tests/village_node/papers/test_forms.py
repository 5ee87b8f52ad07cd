"""Printing at a service point: papers, the bound file and the court package of a real case, from the command line."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from shared.ledger.formats.keys import DeviceKey
from shared.ledger.published.directory_heads import change
from tests.support.shared.forms_case import photograph
from tests.support.shared.pdf_text import pages_of, text_of
from tests.support.village_node.node_world import CLERK, DRAFT, World
from village_node import __main__ as program
from village_node import composition
from village_node.desk.desk import FileDraft
from village_node.papers.printing import Printing

pytestmark = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils are not installed")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """(HOME, case id): a case in mediation with a photograph."""
    world = World(tmp_path)
    home = world.home()
    with world.desk(home) as desk:
        view = desk.register(CLERK, DRAFT, files=[FileDraft(data=photograph(1), name="ditch.jpg")])
        desk.triage(CLERK, view.id)
        desk.accept(CLERK, view.id, {"rights_told": True, "parties_willing": True})
        desk.hold_session(CLERK, view.id, {"place": "说事室", "rights_told": True, "summary": "保密的陈述"})
    # The command line makes its clock itself, as it must; the papers of this world are of its own days.
    monkeypatch.setattr(composition.clocks, "real_clock", lambda: world.clock)
    return str(home), view.id


def run(*args: str) -> int:
    try:
        return program.main(["case", *args])
    except SystemExit as stop:
        return int(stop.code or 0)


def test_a_paper_is_printed_with_names_of_the_directory(place, tmp_path, capsys):
    home, case = place
    out = tmp_path / "d03.pdf"
    assert run("print", home, case, "--document", "d03", "--document", "D10", "--out", str(out), "--demo") == 0
    assert json.loads(capsys.readouterr().out)["bytes"] == out.stat().st_size
    text = text_of(out.read_bytes())
    for field in ("甲村人民调解委员会", "水渠排水纠纷", "演示员", "2026年11月23日", "人民调解协议书", "演示样张"):
        assert field in text


def test_the_file_is_bound_and_what_it_lacks_is_said(place, tmp_path, capsys):
    home, case = place
    assert run("file", home, case, "--out", str(tmp_path / "file.pdf"), "--keeper", "演示员") == 0
    said = capsys.readouterr()
    assert [m["code"] for m in json.loads(said.out)["missing"]] == ["D05"]
    assert "身份证明" in said.err
    pages = pages_of((tmp_path / "file.pdf").read_bytes())
    assert "调解卷宗" in pages[0]
    assert any("ditch.jpg" in page for page in pages)


def test_the_court_package_needs_every_consent_for_the_record(place, tmp_path):
    home, case = place
    out = tmp_path / "court.pdf"
    assert run("court-package", home, case, "--consent", "0", "--out", str(out), "--court", "演示县人民法院") == 0
    assert "保密的陈述" not in text_of(out.read_bytes())
    assert run("court-package", home, case, "--consent", "0", "--consent", "1", "--out", str(out)) == 0
    assert "保密的陈述" in text_of(out.read_bytes())


def test_the_needed_papers_are_listed_as_json(place, capsys):
    home, case = place
    assert run("documents", home, case) == 0
    needs = {need["code"]: need for need in json.loads(capsys.readouterr().out)}
    assert needs["D09"]["present"]
    assert needs["D05"]["must"]
    assert needs["D05"]["remark"] == "缺"


@pytest.mark.parametrize(
    ("args", "word"),
    [
        (("print", "--document", "D77"), "D77"),
        (("court-package", "--consent", "9"), "9"),
        (("print", "--document", "D10", "--font", "nowhere.otf"), "nowhere.otf"),
    ],
)
def test_a_wrong_choice_gets_one_sentence_and_writes_nothing(place, tmp_path, capsys, args, word):
    home, case = place
    out = tmp_path / "none.pdf"
    verb, *more = args
    assert run(verb, home, case, *more, "--out", str(out)) == 2
    said = capsys.readouterr().err
    assert word in said
    assert "Traceback" not in said
    assert not out.exists()


def test_a_file_that_is_no_font_and_a_place_that_cannot_be_written(place, tmp_path, capsys):
    home, case = place
    broken = tmp_path / "broken.otf"
    broken.write_bytes(b"no font at all")
    assert run("print", home, case, "--document", "D16", "--font", str(broken), "--out", str(tmp_path / "a.pdf")) == 2
    assert "broken.otf" in capsys.readouterr().err
    assert run("print", home, case, "--document", "D16", "--out", str(tmp_path / "no" / "a.pdf")) == 2
    assert "a.pdf" in capsys.readouterr().err


def test_printing_writes_nothing_into_the_case(place, tmp_path):
    home, case = place
    with composition.open_node(home) as node:
        before = node.office.update_seq()
        Printing(node).case_file(case)
        assert node.office.update_seq() == before


def test_every_paper_of_a_county_founded_to_try_is_marked_so(tmp_path, monkeypatch, capsys):
    world = World(tmp_path)
    world.publish([change("setting", "demo", {"on": True})])
    home = world.home()
    with world.desk(home) as desk:
        case = desk.register(CLERK, DRAFT).id
    monkeypatch.setattr(composition.clocks, "real_clock", lambda: world.clock)
    for verb, more in (("print", ("--document", "D03")), ("file", ()), ("court-package", ())):
        out = tmp_path / f"{verb}.pdf"
        assert run(verb, str(home), case, *more, "--out", str(out)) == 0
        pdf = out.read_bytes()
        plain = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
        assert all("演示样张DEMO" in "".join(page.split()) for page in plain.split("\f")[:-1]), verb


def test_the_fields_of_the_forms_are_given_on_the_command_line_and_printed(place, tmp_path, capsys):
    home, case = place
    asked = json.dumps({"name": "演示证人", "gender": "female", "age": 61, "phone": "13800000009"}, ensure_ascii=False)
    assert (
        run(
            "add-record",
            home,
            case,
            "--as",
            CLERK,
            "--set",
            "document=D07",
            "--set",
            "text=问：是否属实？",
            "--set",
            "place=二组渠边",
            "--set",
            "started_at=09:30",
            "--set",
            "ended_at=10:10",
            "--set",
            f"asked={asked}",
            "--set",
            'present=["演示组长"]',
        )
        == 0
    )
    assert (
        run(
            "add-evidence",
            home,
            case,
            "--as",
            CLERK,
            "--set",
            "title=清淤合同",
            "--set",
            "kind=documentary",
            "--set",
            "count=2",
            "--set",
            "pages=14",
            "--set",
            "source=演示水利站",
        )
        == 0
    )
    capsys.readouterr()
    out = tmp_path / "both.pdf"
    assert run("print", home, case, "--document", "D07", "--document", "D08", "--out", str(out)) == 0
    text = text_of(out.read_bytes())
    for field in ("9时30分至10时10分", "二组渠边", "演示组长", "被调查人：演示证人", "年龄：61", "2份", "14页", "演示水利站"):
        assert field in text, field


def test_an_hour_that_is_none_is_refused_with_its_field(place, capsys):
    home, case = place
    assert run("add-record", home, case, "--as", CLERK, "--set", "text=DEMO", "--set", "started_at=9点半") == 2
    said = capsys.readouterr().err
    assert "开始时间" in said
    assert "9点半" in said


def test_the_court_package_is_signed_and_opened_by_the_court_alone(place, tmp_path, capsys):
    home, case = place
    out, key, words = tmp_path / "court.zip", tmp_path / "court.key", tmp_path / "words.txt"

    def package(*args: object) -> tuple[int, str, str]:
        code = program.main(["package", *map(str, args)])
        said = capsys.readouterr()
        return code, said.out, said.err

    assert package("key", "--out", key)[0] == 0
    assert key.stat().st_mode & 0o777 == 0o600
    assert package("key", "--out", key)[0] == 2, "never over a key that is there"
    assert run("court-package", home, case, "--out", str(out)) == 2
    assert "--court-key" in capsys.readouterr().err
    public = DeviceKey.load(key.read_text().strip()).public
    assert run("court-package", home, case, "--court-key", public, "--out", str(out)) == 0
    made = json.loads(capsys.readouterr().out)
    assert not made["record_included"]
    assert {"court-package.pdf", "D14.pdf", "D10.pdf"} <= set(made["parts"])
    code, shown, _ = package("check", out, "--court-key-file", key, "--known-by", home)
    report = json.loads(shown)
    assert (code, report["case"], report["signed_by"]) == (0, case, made["signed_by"])
    assert "属于出具单位" in report["sentence"]
    assert "指纹" in json.loads(package("check", out, "--court-key-file", key)[1])["sentence"]
    folder = tmp_path / "opened"
    assert package("open", out, "--court-key-file", key, "--out", folder)[0] == 0
    assert "ditch.jpg" in " ".join(p.name for p in folder.iterdir())
    assert all("保密的陈述" not in text_of(p.read_bytes()) for p in folder.glob("*.pdf"))
    assert package("open", out, "--court-key-file", key, "--out", folder)[0] == 2
    other = tmp_path / "other.key"
    package("key", "--out", other)
    assert "打不开" in package("check", out, "--court-key-file", other)[2]
    words.write_text("演示口令一二三四五六七八", "utf-8")
    assert run("court-package", home, case, "--passphrase-file", str(words), "--consent", "0", "--consent", "1",
               "--out", str(out)) == 0
    assert json.loads(capsys.readouterr().out)["record_included"]
    assert package("check", out, "--passphrase-file", words)[0] == 0
    words.write_text("短口令", "utf-8")
    assert package("check", out, "--passphrase-file", words)[0] == 2
