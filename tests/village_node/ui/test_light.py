"""What a page costs in memory beside what it shows: fonts, pictures of texts, needless widgets; and that edges are even."""

from __future__ import annotations

import pytest

from tests.support.village_node.app_driver import Driver  # isort: skip  (first: it prepares Kivy's environment)

from kivy.uix.floatlayout import FloatLayout

from village_node.ui.kit import icons, theme
from village_node.ui.kit.basic import Card, QuietButton, Text
from village_node.ui.kit.marks import Bars, Mark

pytestmark = pytest.mark.gui


def parts(mark: Mark) -> list[str]:
    """From left to right."""
    return [type(one).__name__ for one in reversed(mark.children)]


def test_a_mark_has_an_icon_and_bars_only_where_it_shows_them_and_in_their_order() -> None:
    assert Driver is not None
    assert parts(Mark(words="甲")) == ["Words"]
    assert parts(Mark(words="甲", level=2, icon="check")) == ["Icon", "Bars", "Words"]
    mark = Mark(words="甲", tone="bad")
    mark.level, mark.icon = 3, "check"
    assert parts(mark) == ["Icon", "Bars", "Words"]
    bars, icon = next(w for w in mark.children if isinstance(w, Bars)), mark.children[-1]
    assert (bars.level, icon.text, list(icon.color)) == (3, icons.glyph("check"), list(theme.TONES["bad"][1]))
    mark.tone, mark.level, mark.icon = "good", 0, ""            # a card of a list that is scrolled shows another case
    assert (bars.width, icon.width, icon.text, list(icon.color)) == (0, 0, "", list(theme.TONES["good"][1]))


def test_icons_are_known_by_their_names_as_the_package_has_them() -> None:
    from fonticon_mdi7.mdi7 import MDI7

    for name in ("abacus", "check", "clock-alert-outline", "zodiac-virgo"):
        assert icons.glyph(name) == getattr(MDI7, name.replace("-", "_")).rpartition(".")[2]
    assert icons.glyph("") == ""
    with pytest.raises(KeyError):
        icons.glyph("clock-alert-outlin")


def test_a_text_keeps_no_picture_of_itself_beside_the_texture() -> None:
    label = Text(text="演示甲乙", width=300)
    label.texture_update()
    assert any(label.texture.pixels), "it is drawn when it is looked at"
    assert label._label._surface is None


def test_texts_that_are_fitted_have_whole_sizes_and_none_for_a_place_that_is_not_known() -> None:
    assert theme.fitting(400, 4, 18) == 18
    assert theme.fitting(71, 4.4, 18) == 16
    assert theme.fitting(0, 4.4, 18) == 18
    assert theme.fitting(2, 4.4, 18) == 18


@pytest.mark.parametrize("x", [10.0, 10.45, 10.5, 10.55])
def test_an_edge_is_as_thick_everywhere_wherever_a_layout_puts_it(x: float) -> None:
    page = FloatLayout(size=(240, 140), size_hint=(None, None))
    page.add_widget(Card(edge=(1, 0, 0, 1), ground=(1, 1, 1, 1), size_hint=(None, None), size=(200.3, 101.7), pos=(x, x)))
    seen = page.export_as_image().texture
    line, red, all_pixels = seen.width * 4, b"\xff\x00\x00\xff", seen.pixels
    pixels = [[all_pixels[y * line + 4 * n:y * line + 4 * n + 4] for n in range(seen.width)] for y in range(seen.height)]
    columns = {sum(row[n] == red for row in pixels) for n in range(30, 200)}
    rows = {row.count(red) for row in pixels[40:100]}
    assert columns == rows == {2 * theme.RIM}


def test_a_text_watches_what_is_set_and_takes_nothing_else() -> None:
    label = Text(text="演示甲乙", width=300)
    label.texture_update()
    low = label.texture_size[1]
    label.text, label.font_size, label.text_size = "演示甲乙" * 20, theme.LARGE, (200, None)
    label.texture_update()
    assert label.texture_size[1] > 3 * low
    assert label._label.options["font_size"] == theme.LARGE
    label.color, label.disabled_color, label.disabled = theme.PRIMARY, theme.SOFT_INK, True
    assert list(label._label.options["color"]) == list(theme.SOFT_INK)
    label.disabled = False
    assert list(label._label.options["color"]) == list(theme.PRIMARY)
    with pytest.raises(TypeError, match="outline_width"):
        Text(text="甲", outline_width=2)


def test_what_whoever_makes_a_part_has_set_stays() -> None:
    text, button = Text(text="甲", font_size=11, halign="right"), QuietButton(text="甲", height=48, ground=theme.GROUND)
    assert (text.font_size, text.halign, list(text.color)) == (11, "right", list(theme.INK))
    assert (button.height, list(button.ground), list(button.color)) == (48, list(theme.GROUND), list(theme.PRIMARY_DOWN))
    button.disabled = True
    assert list(button._behind.ground.rgba) == list(theme.LINE)
