"""Which choices have the words that were typed."""

from __future__ import annotations

from shared.ledger.looked_for import looked_for

ALL = [("150822100201", "东渠村"), ("150822100202", "西渠村"), ("p3", "演示 Anna")]


def test_a_choice_is_found_by_words_of_its_name_by_its_code_and_by_the_first_letters_of_its_pinyin() -> None:
    assert looked_for(ALL, "渠 西") == [ALL[1]]
    assert looked_for(ALL, "202") == [ALL[1]]
    assert looked_for(ALL, "DQC") == [ALL[0]]
    assert looked_for(ALL, "ANNA") == [ALL[2]]
    assert looked_for(ALL, "谁") == []
    assert looked_for(ALL, "  ") == ALL
