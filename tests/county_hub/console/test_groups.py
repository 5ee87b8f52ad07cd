"""Every act on a case stands in one group of its page, and every verb of the command line has a page or a reason why not."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from county_hub.commands.as_uses import Asking, uses_of, verbs_of
from county_hub.commands.cli import parser
from county_hub.console.case.groups import GROUPS
from county_hub.console.forms.uses import table
from county_hub.console.render import kind_name
from county_hub.county.desk import CountyDesk
from shared.disputes.acts.verbs import VERBS
from shared.disputes.kinds.registry import CURRENT
from shared.disputes.records import verbs as matter_verbs
from shared.ledger.texts import has
from tests.support.county_hub.hub_support import found_county, opened


def test_every_act_on_a_case_stands_in_exactly_one_group() -> None:
    assert Counter(verb for group in GROUPS.values() for verb in group) == Counter(VERBS.keys())


def test_every_verb_of_the_command_line_has_its_page_or_a_reason_why_the_console_does_not_do_it() -> None:
    rows, elsewhere, machine = table()
    of_cases = {f"case {verb.replace('_', '-')}" for verb in VERBS}
    of_matters = {f"{matter_verbs.COMMANDS[name]} {verb}" for name, verbs in matter_verbs.VERBS.items() for verb in verbs}
    known = [*rows, *(words for words in elsewhere if words not in of_cases), *machine, *of_cases, *of_matters]
    assert Counter(known).most_common(1)[0][1] == 1, "a verb stands in two rows"
    assert {words for words, _ in verbs_of(parser(Asking))} == set(known)


def test_every_use_case_of_the_console_has_a_title_of_its_own() -> None:
    missing = [row.name for row in table()[0].values() if not has(f"uses.title.{row.name}")]
    assert missing == []


def test_every_kind_of_record_has_words_of_its_own_wherever_kinds_are_named() -> None:
    words = Counter(kind_name(kind) for kind in CURRENT)
    assert words.most_common(1)[0][1] == 1, words.most_common(3)
    assert [word for word in words if not re.search("[\u4e00-\u9fff]{2}", word) or re.search("[a-z]{3}|[{}]", word)] == []
    assert "信访" in kind_name("petition.registered")
    assert not re.search("[a-z]", kind_name("case.of_a_newer_version"))


def test_the_rules_in_force_are_shown_in_words(tmp_path: Path) -> None:
    with opened(found_county(tmp_path)) as hub:
        show = next(use for use in uses_of(lambda word: parser(Asking, word), CountyDesk(hub)) if use.row.words == "rules show")
        told = show.run({}, {}, "")
    assert len(told.table) > 40
    assert "自带" in told.lines[0]
    assert [row for row in told.table if not all(re.search("[\u4e00-\u9fff]", str(cell)) for cell in row)] == []
