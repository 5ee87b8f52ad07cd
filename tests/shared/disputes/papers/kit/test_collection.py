"""A collection of fonts, as the Song type of Debian comes, serves with its face for the mainland."""

from __future__ import annotations

from pathlib import Path

from fontTools.subset import Subsetter
from fontTools.ttLib import TTCollection, TTFont

from shared.disputes.papers import case_file
from shared.disputes.papers.kit.metrics import face_of
from tests.support.shared import forms_case
from tests.support.shared.pdf_text import text_of


def face(name: str) -> TTFont:
    made = TTFont(str(forms_case.FONT))
    small = Subsetter()
    small.populate(text=" 卷宗封面人民调解委员会演示甲乙与邻里纠纷年月日县镇村调解员助理编号平台至长期永久0123456789（）〔〕-：")
    small.subset(made)
    for record in made["name"].names:
        if record.nameID == 4:
            record.string = name
    return made


def test_the_face_of_the_mainland_is_taken_from_a_collection(tmp_path: Path) -> None:
    faces, path = TTCollection(), tmp_path / "Song.ttc"
    faces.fonts = [face("Demo Serif CJK JP"), face("Demo Serif CJK SC")]
    faces.save(str(path))
    assert face_of(path) == 1
    assert face_of(forms_case.FONT) == 0
    case = forms_case.agreed()
    assert "演示甲" in text_of(case_file.document(case.state(), case.context(font=path, demo=False), "D00"))
