"""A paper is said in three places: its row, its drawing, its words. Shown by adding one to a copy of the code."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from shared.disputes.case.papers import BY_CODE, ROWS
from shared.disputes.papers import case_file
from shared.disputes.papers.sheets.drawn import DRAWN, draws
from shared.ledger import codes, texts

ROOT = Path(__file__).resolve().parents[5]

# file -> (before what, what is put there). These are all the places.
PLACES = {
    "shared/disputes/case/papers.py": ('    Paper("D17"', '''\
    Paper("X77", "DEMO Art 1", must=_mediated, happened=lambda c, a: c.risk.level > 1, in_file=True, open_form=True,
          confidential=True),
'''),
    "shared/disputes/papers/sheets/after.py": ('@draws("D13")', '''\
@draws("X77")
def x77_dog(case: CaseState, ctx: FormContext, page: Page) -> None:
    page.open(t("forms.x77.title"), left=people.foot(case, ctx, t("forms.x77.title")))
    page.paragraph(t("forms.x77.text", names=people.all_names(case)))
    scans(page, ctx, papers_of(case, "X77"))


'''),
    "shared/catalogue/zh_CN/forms.toml": ('# What each paper', '''\
[x77]
title = "拴狗证明"
text = "{names}的狗已经拴好。"

'''),
}
NAME = ('[name]\n', 'X77 = "拴狗证明"\n')      # the second half of its words, in the same file
LIFE = '''
import sys
from pathlib import Path
import shared
assert Path(shared.__file__).is_relative_to(Path(sys.argv[1])), shared.__file__
from shared.disputes.case.checklist import lacking_documents, must_documents
from shared.disputes.papers import case_file, catalogue
from shared.ledger import codes
from tests.support.shared import forms_case
from tests.support.shared.pdf_text import pages_of, text_of

demo = forms_case.closed()
state, context = demo.state(), demo.context()
assert codes.name("document", "X77") == "拴狗证明"
assert must_documents(state)[-1] == "X77" == lacking_documents(state)[0], "the archive waits for it"
need = next(n for n in catalogue.needs(state, context) if n.code == "X77")
assert (need.must, need.present, need.remark) == (True, True, "缺")
assert "演示甲、演示乙的狗已经拴好。" in text_of(case_file.document(state, context, "X77"))
names = [n.name for n in catalogue.needs(state, context)]
assert names.index("人民调解回访记录") < names.index("拴狗证明") < names.index("结案报告表")
file = pages_of(case_file.case_file(state, context))
assert "拴狗证明" in file[1] and any("狗已经拴好" in page for page in file[2:]), "index and sheet"
assert "拴狗证明" not in pages_of(case_file.court_package(state, context, []))[0]
assert "拴狗证明" in pages_of(case_file.court_package(state, context, [0, 1]))[0]
copy = demo.file(forms_case.photograph(9), "证明.jpg", "paper")
demo.act("case.evidence_added", {"title": "证明", "document": "X77", "files": [copy]}, "2026-04-13")
assert lacking_documents(demo.state()) == ()
assert "证明.jpg" not in text_of(case_file.document(demo.state(), demo.context(), "D08")), "no evidence"
'''


def test_a_new_paper_is_three_places_and_then_needed_printed_bound_and_sent_by_its_row(tmp_path: Path) -> None:
    if shutil.which("pdftotext") is None:
        pytest.skip("poppler-utils are not installed")
    shutil.copytree(ROOT / "shared", tmp_path / "shared", ignore=shutil.ignore_patterns("__pycache__"))
    for place, (before, text) in PLACES.items():
        found = (tmp_path / place).read_text("utf-8")
        assert found.count(before) == 1, place
        (tmp_path / place).write_text(found.replace(before, text + before), "utf-8")
    words = tmp_path / "shared/catalogue/zh_CN/forms.toml"
    words.write_text(words.read_text("utf-8").replace(NAME[0], "".join(NAME), 1), "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", LIFE, str(tmp_path)], capture_output=True, text=True, cwd=tmp_path, timeout=120, check=False,
        env={"PYTHONPATH": f"{tmp_path}:{ROOT}", "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"})
    assert done.returncode == 0, done.stderr
    assert len(PLACES) == 3


def test_every_row_has_a_drawing_a_name_and_a_source() -> None:
    assert case_file.SHEETS
    assert set(DRAWN) == set(BY_CODE) == set(codes.names("document"))
    assert len(ROWS) == len(BY_CODE)
    assert all(row.law and texts.has(f"forms.name.{row.code}") for row in ROWS)


def test_a_drawing_without_a_row_and_a_second_one_are_errors_at_once() -> None:
    with pytest.raises(ValueError, match="no row"):
        draws("X99")
    with pytest.raises(ValueError, match="twice"):
        draws("D10")
