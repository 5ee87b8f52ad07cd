"""The tables for exchange: every own code has exactly one target, and what was taken in goes out again as it came."""

from __future__ import annotations

import tomllib

import pytest

from shared.disputes.exchange import mappings
from shared.disputes.exchange.mappings import PROFILES, STATES, own_values, profile
from shared.disputes.rules import excluded_matters as matters
from shared.ledger import codes

TABLES = [(name, key) for name in PROFILES for key, table in profile(name).tables.items() if not table.steps]
BOTH_WAYS = [(name, key) for name, key in TABLES if not profile(name).tables[key].derived]     # the others: from other fields


def test_every_profile_says_version_source_and_how_far_it_is_confirmed() -> None:
    for name in PROFILES:
        made = profile(name)
        assert (made.id, made.version >= 1, made.state in STATES) == (name, True, True)
        assert made.system in codes.table("other_system")
        assert len(made.source) > 10
        assert made.name
        heads = [head for head, _ in made.columns]
        assert len(set(heads)) == len(heads), f"{name}: a heading stands twice"
        known = {key.partition(":")[0] for _, key in made.columns}
        assert {key for key, table in made.tables.items() if table.names and not table.derived} <= known


@pytest.mark.parametrize(("name", "key"), TABLES)
def test_every_own_code_has_exactly_one_target_in_the_other_list(name: str, key: str) -> None:
    table = profile(name).tables[key]
    values = list(own_values(table.own))
    assert values
    assert len(set(values)) == len(values)
    lacking = [value for value in values if table.target(value) is None]
    assert not lacking, f"{name}.{key} has no target for {lacking}"
    assert {target.code for target in table.to.values()} <= set(table.names)
    assert set(table.to) <= set(values), f"{name}.{key} maps what is no code of ours: {set(table.to) - set(values)}"


@pytest.mark.parametrize(("name", "key"), BOTH_WAYS)
def test_what_is_exported_and_taken_in_again_is_exported_the_same(name: str, key: str) -> None:
    table = profile(name).tables[key]
    for value in own_values(table.own):
        target = table.target(value)
        assert target is not None
        back = table.own_value(target.code)
        assert back is not None, f"{name}.{key}: {target.code} cannot be taken in"
        again = table.target(back)
        assert again is not None
        assert again.code == target.code, f"{name}.{key}: {value} -> {target.code} -> {back} -> {again.code}"
    unread = [code for code in table.names if table.own_value(code) is None]
    assert not unread, f"{name}.{key}: {unread} of their list cannot be taken in"


@pytest.mark.parametrize(("name", "key"), BOTH_WAYS)
def test_what_does_not_come_back_as_it_was_is_a_loss_and_said(name: str, key: str) -> None:
    made = profile(name)
    table = made.tables[key]
    told = {value: loss for field, value, _, loss in mappings.losses(made) if field == key}
    for value in own_values(table.own):
        target = table.target(value)
        assert target is not None
        assert table.own_value(target.code) == value or told.get(value), f"{name}: {value} is lost in {target.code}, unsaid"


def test_codes_of_both_sides_are_named_and_found_however_they_are_typed() -> None:
    zz = profile("zz").tables["category"]
    assert (zz.code_of("16"), zz.code_of("婚姻家庭"), zz.code_of(" 婚姻　家庭"), zz.code_of("算命")) == ("16", "16", "16", None)
    assert [zz.own_value(code) for code in ("21", "07")] == ["DC08/resettlement", "DC99/village_affairs"]
    assert [profile("zz").tables["scale"].of_number(n) for n in (0, 4, 5, 29, 30)] == ["01", "01", "02", "02", "03"]
    assert len([code for code in profile("zz2").tables["category"].names if len(code) == 2]) == 17


def test_matters_of_farming_and_grazing_have_subcategories_in_every_list() -> None:
    wanted = {"crops", "graves", "resettlement", "pasture_boundary", "stock_trespass", "pesticide_drift", "manure", "finance",
              "intellectual_property", "new_employment"}
    assert wanted <= set(codes.names("subcategory")) == set(matters.table().belongs)


def test_rural_petitions_are_no_land_disputes_by_themselves() -> None:
    table = profile("petition").tables["dispute"]
    rural = table.target("agriculture")
    assert rural is not None
    assert not rural.code.startswith("DC07")
    assert rural.loss


def test_the_files_are_the_profiles() -> None:
    assert {path.stem for path in mappings.FOLDER.glob("*.toml")} == set(PROFILES)
    for path in mappings.FOLDER.glob("*.toml"):
        tomllib.loads(path.read_text(encoding="utf-8"))
