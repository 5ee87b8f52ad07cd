"""What may be typed: names, telephones, the end of an id number, whole numbers, and how typed things are compared."""

from __future__ import annotations

import os

import pytest

from shared.ledger.entry import (
    BadEntry,
    check_name,
    cut_name,
    file_name,
    folded,
    id_end,
    left_out,
    name_fault,
    of_file_system,
    phone_key,
    running_text,
    telephone,
    whole,
)


@pytest.mark.parametrize(("typed", "kept"), [
    ("13800000000", "13800000000"), ("138 0000 0000", "13800000000"), ("138-0000-0000", "13800000000"),
    ("+86 138 0000 0000", "+86 13800000000"), ("+8613800000000", "+86 13800000000"),
    ("\uff11\uff13\uff18\uff10\uff10\uff10\uff10\uff10\uff10\uff10\uff10", "13800000000"),
    ("0478-7862134-8001", "0478-7862134-8001"), ("0478 7862134 转 8001", "04787862134-8001"),
    ("(0478)7862134", "0478-7862134"), ("（０４７８） ７８６ ２１３４", "0478-7862134"), ("0478－7862134", "0478-7862134"),
    ("7862134", "7862134"), ("400-812-3456", "400-812-3456"), ("+1 212 555 0100", "+1 2125550100"), ("  ", ""), ("", ""),
])
def test_a_telephone_is_kept_in_one_form_however_it_was_typed(typed: str, kept: str) -> None:
    assert telephone(typed) == kept
    assert telephone(kept) == kept


@pytest.mark.parametrize("typed", [
    "12", "12348", "138000", "没有", "1380000000O", "13800000000、13900000000", "1380000000013900000000", "+", "-",
    "138\u00b2000000",
    "0478-7862134-123456789",
])
def test_what_is_no_telephone_is_refused_with_value_and_remedy(typed: str) -> None:
    with pytest.raises(BadEntry, match="0478-7862134") as wrong:
        telephone(typed)
    assert wrong.value.code == "phone"
    assert typed[:20] in str(wrong.value)


@pytest.mark.parametrize(("one", "other"), [
    ("+86 138 0000 0000", "13800000000"), ("008613800000000", "138-0000-0000"), ("8613800000000", "13800000000"),
    ("(0478)7862134", "0478-7862134"), ("+86 478 7862134", "04787862134"), ("０４７８７８６２１３４", "0478-7862134"),
    ("013800000000", "138 0000 0000"),
])
def test_telephones_that_ring_at_one_place_compare_alike(one: str, other: str) -> None:
    assert phone_key(one) == phone_key(other) != ""


def test_too_few_digits_join_nobody() -> None:
    assert phone_key("8001") == phone_key("") == phone_key("110") == ""
    assert phone_key("0478-7862134-8001") != phone_key("0478-7862134-8002")


@pytest.mark.parametrize("name", [
    "张三", "阿布都·克里木", "Ada Lovelace", "ᠪᠠᠶᠠᠨ\u180eᠠ", "𠮷野", "旦増\U000e0100", "甲（乙方）", "",
])
def test_a_name_that_can_be_seen_is_taken(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize(("name", "code", "named"), [
    ("张\u200b三", "name_invisible", "零宽字符 U+200B"), ("张\u202e三", "name_invisible", "U+202E"),
    ("张\u00ad三", "name_invisible", "U+00AD"), ("张\u200d三", "name_invisible", "U+200D"),
    ("\ufeff张三", "name_invisible", "U+FEFF"), ("\u3164", "name_invisible", "U+3164"),
    ("张\x07三", "name_control", "控制字符 U+0007"), ("张\n三", "name_control", "“张〔换行〕三”里不能有换行"),
    ("张\t三", "name_control", "不能有制表符"), ("张\u2028三", "name_control", "换行"),
    ("\u0301", "name_blank", ""), ("\U000e0061", "name_invisible", "U+E0061"),
])
def test_a_name_with_what_nobody_sees_is_refused_by_its_name(name: str, code: str, named: str) -> None:
    with pytest.raises(BadEntry) as wrong:
        check_name(name)
    assert wrong.value.code == code
    assert named in str(wrong.value)


def test_the_end_of_an_id_number_is_kept_and_never_a_whole_one() -> None:
    assert [id_end(text) for text in ("1234", "123x", "１２３Ｘ", "")] == ["1234", "123X", "123X", ""]
    for text in ("150822199001011234", "12", "12x4", "123\u00b2", "12345"):
        with pytest.raises(BadEntry) as wrong:
            id_end(text)
        assert wrong.value.code == "id_end"
        assert "1508221990" not in str(wrong.value)


def test_whole_numbers_are_written_in_ascii_digits_within_bounds() -> None:
    assert [whole(text, 0, 150) for text in ("0", "007", "150")] == [0, 7, 150]
    for text in ("", "151", "-1", "\u00b2", "\u2463", "\uff14", "1_0", " 1", "1.0", "9" * 5000, None, 3):
        assert whole(text, 0, 150) is None


@pytest.mark.parametrize("others", [
    ("阿布都·克里木", "阿布都•克里木", "阿布都・克里木", "阿布都 克里木", "阿布都克里木", "阿布都\u200b克里木", "阿布都．克里木"),
    ("Ada Lovelace", "ＡＤＡ　ＬＯＶＥＬＡＣＥ", "ada\u00a0lovelace", "Ada-Lovelace"),
])
def test_names_that_look_alike_fold_alike(others: tuple[str, ...]) -> None:
    assert len({folded(name) for name in others}) == 1


def test_running_text_keeps_its_lines_and_loses_what_hides_or_turns() -> None:
    assert running_text("一\r\n二\t三") == "一\n二\t三"
    assert running_text("欠款\u202e元001\u202c\x00\u200b") == "欠款元001"
    assert running_text("ᠪᠠᠶᠠᠨ\u180eᠠ") == "ᠪᠠᠶᠠᠨ\u180eᠠ"


def test_what_running_text_leaves_out_is_told() -> None:
    assert left_out("欠款\u202e元001\u202c\x00\u200b\r\n二") == "\u202e\u202c\x00\u200b"
    assert left_out("一\r\n二\t三 ᠪᠠᠶᠠᠨ\u180eᠠ") == ""


def test_a_strange_name_of_a_file_stops_no_photograph() -> None:
    assert file_name("a\u202egpj.exe\x00") == "a□gpj.exe□"
    assert file_name("") == "□"


@pytest.mark.parametrize("name", [
    "证" * 300 + ".jpg", "𠮷" * 90 + ".pdf", "a" * 300, "证" * 100 + "." + "长" * 100, ".jpg", "a.jpg",
])
def test_a_name_is_cut_within_255_bytes_and_keeps_its_ending(name: str) -> None:
    cut = cut_name(name)
    assert len(cut.encode()) <= 255
    assert len(cut.encode()) > 248 or cut == name
    assert cut[-4:] == name[-4:] or not name.endswith((".jpg", ".pdf"))


def test_a_name_in_gbk_bytes_is_read_as_gbk_and_other_bytes_become_boxes() -> None:
    assert of_file_system(os.fsdecode("水渠.jpg".encode("gbk"))) == "水渠.jpg"
    assert of_file_system("水渠.jpg") == "水渠.jpg"
    assert of_file_system(os.fsdecode(b"a\xff\xff.jpg")) == "a□□.jpg"


@pytest.mark.parametrize("point", "·•‧∙⋅・･")
def test_the_point_in_a_name_is_kept_as_the_one_of_gb_18030(point: str) -> None:
    assert check_name(f"阿布都{point}克里木") == "阿布都\u00b7克里木"


@pytest.mark.parametrize("rare", ["\U00031350", "\U0002ebf0", "\ue000", "\U000f0000"])
def test_a_name_of_rare_characters_alone_is_one(rare: str) -> None:
    assert name_fault(rare) == ""
    assert check_name(rare) == rare


@pytest.mark.parametrize("blank", ["\U0003fffd", "\ufffe", "\u3164", "\u2800", "\u3000"])
def test_a_name_in_which_nothing_is_seen_is_none(blank: str) -> None:
    assert name_fault(blank)


@pytest.mark.parametrize("new", ["\U0001fae8", "\ufffe", "\U0003fffd"])
def test_a_character_that_no_text_may_hold_is_named_in_a_name(new: str) -> None:
    assert f"U+{ord(new):04X}" in name_fault("张" + new)
