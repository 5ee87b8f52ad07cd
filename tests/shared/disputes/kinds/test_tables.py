"""Codes, texts, offices, bodies, policy: the tables fit together."""

from __future__ import annotations

import ast
import json
import tomllib
from pathlib import Path

import pytest

from shared.disputes.case import guards
from shared.disputes.case.papers import BY_CODE
from shared.disputes.exchange.mappings import profile
from shared.disputes.kinds import policy
from shared.disputes.kinds import registry as bodies
from shared.disputes.records import aggregates
from shared.ledger import codes, texts
from shared.ledger.published.lineage import FOUNDED
from shared.ledger.published.offices import load_divisions, organisation_of
from tests.support.shared.domain_events import COUNTY, TOWN, VILLAGE, World

ROOT = Path(__file__).resolve().parents[4]


def test_every_code_table_has_a_source_and_names() -> None:
    exported = json.loads(codes.export())
    assert exported["version"] == codes.version()
    for table in exported["tables"].values():
        assert table["source"]
        assert all(table["names"].values())


def test_the_petition_offices_list_is_mapped_to_the_categories_and_never_merged() -> None:
    table = profile("petition").tables["dispute"]
    assert set(table.to) == set(codes.names("petition_category"))
    assert {target.code for target in table.to.values()} <= set(codes.names("category"))
    assert table.to["health"].code == "DC15"
    assert json.loads(codes.export())["tables"]["retention"]["version"] == 1


def test_findings_papers_and_channels_have_code_tables_that_the_other_texts_agree_with() -> None:
    said = tomllib.loads((ROOT / "shared" / "catalogue" / "zh_CN" / "finding.toml").read_text("utf-8"))
    assert set(codes.names("finding")) == set(said)
    assert set(codes.names("document")) == set(BY_CODE), "each paper has a name, each name is that of a paper"
    assert bodies.BODIES["online_consultation.submitted", 1].model_fields["channel"].default in codes.table("appointment_channel")
    assert "considering" in codes.table("confirmation")


def test_a_code_that_ended_keeps_its_name_and_is_no_longer_offered() -> None:
    table = codes.CodeTable("demo", "DEMO", {"a": "甲", "b": "乙"}, valid={"b": {"from": "2020-01-01", "to": "2025-12-31"}})
    assert [table.open_on(day) for day in ("2019-12-31", "2025-12-31", "2026-01-01")] == [("a",), ("a", "b"), ("a",)]
    assert table.names["b"] == "乙"


def test_a_picker_offers_what_may_be_chosen_that_day(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = codes.CodeTable("demo", "DEMO", {"a": "甲", "b": "乙"}, valid={"b": {"to": "2025-12-31"}})
    monkeypatch.setitem(codes.tables(), "demo", ended)
    assert codes.choices("demo", "2025-12-31") == [("a", "甲"), ("b", "乙")]
    assert codes.choices("demo", "2026-01-01") == [("a", "甲")]
    assert codes.name("demo", "b") == "乙"


def test_an_unknown_code_shows_as_itself() -> None:
    assert codes.name("category", "DC77") == "DC77"
    with pytest.raises(KeyError, match="no code table"):
        codes.table("nothing")


def test_every_kind_has_a_policy_row_and_a_text_of_the_history() -> None:
    assert set(policy.TABLE) == set(bodies.CURRENT)
    for kind in bodies.CURRENT:
        aggregate, name = kind.split(".")
        in_records = f"records.{kind.replace('.', '_')}" if aggregate in aggregates.NAMES else f"timeline.{name}"
        assert texts.has(f"kinds.{kind}.line" if aggregate == "case" else in_records), kind


def test_every_literal_text_key_of_shared_is_in_the_catalogue() -> None:
    wanted = set()
    for path in (ROOT / "shared").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
                continue
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            key = node.args[0].value
            if name == "t":
                wanted.add(key)
            elif name == "finding":
                wanted.add(f"finding.{key}")
            elif name in ("without_effect", "_undo"):
                wanted.add(f"effect.{key}")
    for node in ast.walk(ast.parse((ROOT / "shared/disputes/acts/actions.py").read_text("utf-8"))):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Constant) and node.value.value:
            wanted.add(f"effect.{node.value.value}")
    assert not {key for key in wanted if isinstance(key, str) and not texts.has(key)}


def test_a_missing_text_is_an_error_unless_a_program_tolerates_it() -> None:
    texts.tolerate_missing(False)       # a command that ran before in this process may have switched it on
    with pytest.raises(texts.MissingText):
        texts.t("common.no_such_thing")
    texts.tolerate_missing()
    try:
        assert texts.t("common.no_such_thing") == "〔common.no_such_thing〕"
    finally:
        texts.tolerate_missing(False)


def test_the_divisions_give_116_offices_under_one_county() -> None:
    county = load_divisions()
    levels = [office.level for office in county.offices.values()]
    assert (levels.count("county"), levels.count("township"), levels.count("village")) == (1, 11, 104)
    assert county.county() == COUNTY
    assert county.ancestors(VILLAGE) == FOUNDED.ancestors_of(VILLAGE) == (TOWN, COUNTY)


def test_offices_of_one_name_are_told_apart_by_their_parent() -> None:
    county = load_divisions()
    shown = [county.display_name(office) for office in county.offices]
    assert len(set(shown)) == len(shown)
    assert county.display_name("150822400200") == "乌兰布和农场一分场"
    assert sum(office.name == "新地村" for office in county.offices.values()) == 2


def test_an_organisation_read_from_the_directory_is_the_same() -> None:
    county = load_divisions()
    again = organisation_of((office.id, office.value()) for office in county.offices.values())
    assert again.display_name(VILLAGE) == county.display_name(VILLAGE)
    assert [FOUNDED.level_of(office) for office in again.offices] == [o.level for o in again.offices.values()]
    assert FOUNDED.covers(TOWN, VILLAGE)
    assert not FOUNDED.covers(VILLAGE, TOWN)


@pytest.mark.parametrize(("text", "problem"), [
    ("code,name\n150822,x\n", "columns"), ("code,name,level,parent_code\n1508221,x,township,\n", "digits"),
    ("code,name,level,parent_code\n15,x,province,\n", "no county"),
])
def test_a_bad_divisions_file_is_named_with_its_remedy(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "divisions.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(ValueError, match=problem):
        load_divisions(path)


def test_bodies_are_normalised_checked_and_written_without_defaults() -> None:
    body = bodies.build("case.note_added", {"text": "  Cafe\u0301 "})
    assert body == {"text": "Caf\u00e9"}
    assert bodies.dump(bodies.parse("case.note_added", 1, body)) == body


@pytest.mark.parametrize(("kind", "body", "field"), [
    ("case.note_added", {"text": "x", "extra": 1}, "extra"),
    ("case.note_added", {"text": ""}, "text"),
    ("case.note_added", {"text": "x" * 4001}, "text"),
    ("case.rated", {"party": "0", "score": 5}, "party"),
    ("case.rated", {"party": 0, "score": 5.0}, "score"),
    ("case.extended", {"until": "2026-02-30", "consents": []}, "until"),
    ("case.assigned", {"to": "150822"}, "to"),
    ("case.closed", {"outcome": "no_such_outcome"}, "outcome"),
])
def test_a_body_that_does_not_fit_names_the_field(kind: str, body: dict, field: str) -> None:
    with pytest.raises(bodies.InvalidBody) as wrong:
        bodies.build(kind, body)
    assert wrong.value.field == field


def test_text_that_is_not_nfc_is_refused_when_read() -> None:
    with pytest.raises(bodies.InvalidBody, match="NFC"):
        bodies.parse("case.note_added", 1, {"text": "Cafe\u0301"})


def test_a_newer_kind_or_schema_is_kept_not_refused() -> None:
    assert isinstance(bodies.parse("case.drone_flown", 1, {"x": 1}), bodies.Unknown)
    assert isinstance(bodies.parse("case.note_added", 99, {"x": 1}), bodies.Unknown)


def test_art_4_mediation_is_free_so_no_body_has_a_field_for_a_fee() -> None:
    for model in bodies.BODIES.values():
        for field in model.model_fields:
            assert not any(word in field for word in guards.FEE_WORDS), (model, field)


def test_the_grid_may_report_but_not_mediate_and_unknown_roles_may_nothing() -> None:
    assert policy.allows("case.registered", "village", "grid_member")
    assert policy.allows("case.settled_on_spot", "village", "grid_member")
    assert not policy.allows("case.accepted", "village", "grid_member")
    assert not policy.allows("case.recalled", "village", "mediator")
    assert policy.allows("case.recalled", "county", "dispatcher")
    assert not policy.allows("case.note_added", "village", "stranger")
    assert policy.allows("case.kind_of_the_future", "village", "stranger")


def test_permits_names_the_reason() -> None:
    world = World()
    event = world.register(role="mediator")
    assert policy.permits(event) is None
    assert policy.permits(world.accept(event.subject)) is None
    wrong = world.event(event.subject, "case.archived", {"documents": ["D03"]})
    assert policy.permits(wrong) == "role_not_allowed"
