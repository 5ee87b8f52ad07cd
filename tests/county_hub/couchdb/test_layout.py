"""The names of a county's databases on Apache CouchDB: one each way, and nothing foreign taken for ours."""

from __future__ import annotations

import pytest

from county_hub.couchdb.layout import PRIVATE, Layout, Use, is_record, office_of, use_of
from county_hub.hub.problems import UsageProblem

COUNTY, TOWN = "152900000000", "152900001000"
LAYOUT = Layout.of(COUNTY)


def test_every_database_has_one_name_there_and_one_here():
    names = LAYOUT.names({TOWN, COUNTY})
    assert names == [
        "directory", "quarantine", "drop",
        f"office-{COUNTY}", f"office-{COUNTY}-files", f"office-{COUNTY}-closed",
        f"office-{TOWN}", f"office-{TOWN}-files", f"office-{TOWN}-closed",
    ]
    there = [LAYOUT.there(name) for name in names]
    assert there[0] == f"county-{COUNTY}-directory"
    assert [LAYOUT.here(name) for name in there] == names
    assert LAYOUT.here(LAYOUT.marker) == "county"
    assert LAYOUT.marker not in there


def test_what_is_foreign_is_nobodys():
    other = Layout.of(TOWN)
    for name in ("_users", "directory", f"office-{COUNTY}", LAYOUT.prefix, LAYOUT.prefix + "photos", other.there("drop")):
        assert LAYOUT.here(name) is None
    assert LAYOUT.claims(LAYOUT.prefix + "photos")
    assert not LAYOUT.claims("_users")
    with pytest.raises(ValueError, match="photos"):
        LAYOUT.there("photos")


def test_an_edge_keeps_no_copy_of_what_is_private():
    cached = LAYOUT.cached({TOWN})
    assert cached == ["directory", f"office-{TOWN}", f"office-{TOWN}-files", f"office-{TOWN}-closed"]
    assert not {use_of(name) for name in cached} & PRIVATE
    assert use_of("county") is Use.MARKER


def test_parts_of_a_name():
    assert [office_of(name) for name in ("directory", f"office-{TOWN}", f"office-{TOWN}-files")] == [None, TOWN, TOWN]
    assert not is_record("_design/county")
    assert is_record("case:01J")


@pytest.mark.parametrize("prefix", ["C-", "9-", "a/b-", "中文", "a" * 61, "a b"])
def test_a_prefix_that_couchdb_does_not_take_is_refused(prefix):
    with pytest.raises(UsageProblem, match="couchdb_prefix"):
        Layout.of(COUNTY, prefix)
