"""Emoji and rare characters are drawn with another font, or as 〓; never as the box of a missing glyph."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.village_node.app_driver import Driver  # first: it prepares Kivy's environment

from village_node.ui import fonts  # isort: skip

pytestmark = pytest.mark.gui


def choice(system: str = "") -> fonts.Choice:
    import kivy
    from pylopdf_fonts_zh_cn import sans_path

    return fonts.Choice(str(sans_path()), (f"{kivy.kivy_data_dir}/fonts/DejaVuSans.ttf",), lambda _character: system)


def test_a_usual_text_is_one_run_and_looks_nothing_up() -> None:
    asked: list[str] = []
    made = fonts.Choice("/no/font.otf", (), lambda c: asked.append(c) or "")
    assert made.runs("演示甲，3 天（后天）") == [("/no/font.otf", "演示甲，3 天（后天）")]
    assert asked == []


def test_what_is_never_looked_up_is_in_the_font() -> None:
    from pylopdf_fonts_zh_cn import sans_path

    known = fonts.characters(str(sans_path()))
    taken = {code for code in range(0x20, 0x10000) if fonts._PLAIN.fullmatch(chr(code)) and not chr(code).isspace()}
    assert len(taken) > 20_000
    assert taken <= known


def test_what_the_chinese_font_lacks_comes_from_another_and_else_is_a_geta() -> None:
    made = choice()
    assert [(Path(font).stem, part) for font, part in made.runs("演示😀甲𠮷")] == [
        ("NotoSansSC-Regular", "演示"), ("DejaVuSans", "😀"), ("NotoSansSC-Regular", "甲〓")]
    assert choice("/a/font.ttf").runs("𠮷")[0] == ("/a/font.ttf", "𠮷")
    assert made.runs("❤\ufe0f") == made.runs("❤"), "a variation selector has no box of its own"


def texture_of(text: str, size: int = 40) -> tuple[tuple[int, int], bytes]:
    from kivy.uix.label import Label

    label = Label(text=text, font_size=size)
    label.texture_update()
    return tuple(label.texture.size), label.texture.pixels


def test_no_character_is_drawn_as_an_empty_box_in_labels_or_fields() -> None:
    from kivy.uix.textinput import TextInput

    assert Driver is not None
    box = texture_of("\U000e1000")                          # a character that is none: 〓
    assert box == texture_of("〓")
    assert texture_of("😀") != box
    assert texture_of("演示😀")[0][0] > texture_of("演示")[0][0]
    entry = TextInput(text="演示😀𠮷", multiline=False)
    assert entry.text == "演示😀𠮷", "what was typed stays as it is"
    assert entry._create_line_label("演示😀").width > entry._create_line_label("演示").width


@pytest.mark.gui
def test_a_label_ends_its_lines_where_chinese_lets_it_and_keeps_its_text_as_it_was() -> None:
    from village_node.ui.kit.basic import Text

    label = Text(text="甲乙丙丁，戊《己庚》辛1200元。", font_size=20, size_hint_x=None, width=20 * 4 + 6)
    label.texture_update()
    assert [line.words[0].text for line in label._label._cached_lines] == ["甲乙丙", "丁，戊", "《己庚》", "辛1200", "元。"]
    assert label.text == "甲乙丙丁，戊《己庚》辛1200元。"
