"""The fast files of PouchDB's own suites, with PouchDB 9 as the client (`make suite` runs them all, and pouchdb-server's too)."""

from __future__ import annotations

import pytest

from tests.peers import run_suite

CASE_MS = 30_000
FAST = ("all_docs", "attachments", "conflicts", "local_docs", "revs_diff", "slash_id")

pytestmark = pytest.mark.skipif(
    not (run_suite.PACKAGES / "node_modules/mocha").is_dir() or not (run_suite.PEERS / "node_modules/pouchdb").is_dir(),
    reason="the packages are not installed: `npm ci --ignore-scripts --omit=optional` in tests/peers and tests/peers/suite",
)


def outcome(name, files=None):
    suite = next(each for each in run_suite.packaged_suites() if each.name == name)
    wanted = [file for file in suite.files() if files is None or file.name in files]
    report = run_suite.run_files(suite, wanted, "9", "ours", CASE_MS)
    assert not report.broken, report.broken
    return run_suite.compare(name, report, report)


def test_the_fast_files_of_the_integration_suite_pass_whole():
    totals = outcome("integration", {f"test.{name}.js" for name in FAST})
    assert totals.neither == []
    assert (totals.cases, totals.ours, totals.javascript) == (187, 187, 0)


def test_of_the_find_suite_only_the_order_of_icu_and_what_couchdb_no_longer_does_fail():
    totals = outcome("find")
    by_icu = "http test suite 1 http: sorting sorts correctly - complex"     # we sort text by code points
    assert [title for title, _ in totals.neither] == [by_icu]
    assert (totals.cases, totals.ours, totals.older) == (369, 324, 44)
