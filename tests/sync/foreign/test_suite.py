"""The script that runs PouchDB's own suites: what it makes of mocha's reports, on stand-ins for a checkout."""

from __future__ import annotations

import json

import pytest

from tests.peers import run_suite
from tests.peers.run_suite import Case, Outcome

MOCHA = """\
const http = require('http');
const address = process.env.COUCH_HOST;
http.get(address + '/_all_dbs', (answer) => {
  let text = '';
  answer.on('data', (piece) => (text += piece)).on('end', () => {
    http.request(address + '/left-behind', { method: 'PUT' }, () => {
      for (const title of ['reached', ...JSON.parse(text).filter((name) => name === 'left-behind')]) {
        const state = title === 'reached' ? 'passed' : 'failed';
        console.log('@case ' + JSON.stringify({ title, state, javascript: false, message: process.env.SUITE_CLIENT }));
      }
      console.log('@case {"complete":true}');
      process.exit(0);
    }).end();
  });
});
"""


def told(title, state="passed", *, javascript=False, message=""):
    return run_suite.MARK + json.dumps({"title": title, "state": state, "javascript": javascript, "message": message})


def outcome(**states):
    return Outcome({title: Case(title, state, title.startswith("js"), "") for title, state in states.items()})


def test_a_report_is_found_between_other_output_and_repeated_titles_are_numbered():
    lines = ["warning {not json", told("a"), "noise", told("a", "failed", message="x"), run_suite.MARK + '{"complete":true}']
    report = run_suite.read_report("\n".join(lines))
    assert [(case.title, case.state) for case in report.cases.values()] == [("a", "passed"), ("a (2)", "failed")]
    assert report.broken == ""


def test_a_case_that_races_with_itself_passes_when_it_passes_once_and_no_other_does():
    race, runs = "suite2 x #4251 Should fire paused and active on sync", []

    def run(*states):
        def again():
            runs.append(1)
            return outcome(**{race: states[min(len(runs), len(states)) - 1], "other": "passed" if len(runs) > 1 else "failed"})
        return again

    steady = run_suite.run_steadily(run("failed", "failed", "passed"))
    assert (steady.cases[race].state, steady.cases["other"].state, len(runs)) == ("passed", "failed", 3)
    runs.clear()
    assert run_suite.run_steadily(run("failed")).cases[race].state == "failed"
    assert len(runs) == run_suite.RACE_TRIES + 1
    runs.clear()
    run_suite.run_steadily(run("passed"))
    assert len(runs) == 1, "a failure of another kind is told as it is"


def test_a_report_that_breaks_off_is_named_as_such():
    report = run_suite.read_report(told("a") + "\nError: Cannot find module 'x'")
    assert list(report.cases) == ["a"]
    assert "Cannot find module" in report.broken


def test_cases_are_counted_by_who_passes_them():
    mine = outcome(both="passed", ours="passed", theirs="failed", none="failed", odd="skipped", js_view="failed", js_ok="passed")
    theirs = outcome(both="passed", ours="failed", theirs="passed", none="failed", odd="skipped", js_view="passed")
    totals = run_suite.compare("test.x.js", mine, theirs)
    assert (totals.cases, totals.javascript, totals.ours, totals.theirs) == (6, 2, 2, 2)
    assert ([title for title, _ in totals.behind], [title for title, _ in totals.neither]) == (["theirs"], ["none"])
    assert totals.line().split()[:8] == ["6", "2", "4", "2", "2", "0", "1", "1"]


def test_a_case_that_one_server_was_never_asked_counts_as_failed_there():
    totals = run_suite.compare("test.x.js", Outcome({}, broken="it fell over"), outcome(a="passed"))
    assert [title for title, _ in totals.behind] == ["a"]
    assert "ours: it fell over" in totals.line()


@pytest.mark.parametrize(("message", "older"), [("expected 400 to equal 500", 1), ("socket hang up", 0)])
def test_an_expectation_of_an_older_couchdb_excuses_that_failure_alone(message, older):
    title = "test.basics.js-http Doc validation"
    totals = run_suite.compare("f", Outcome({title: Case(title, "failed", False, message)}), outcome(**{title: "passed"}))
    assert (totals.older, len(totals.behind)) == (older, 1 - older)


def test_each_excuse_has_a_reason():
    entries = json.loads((run_suite.PACKAGES / "superseded.json").read_text(encoding="utf-8"))
    assert all(set(entry) == {"title", "message", "reason"} and len(entry["reason"]) > 20 for entry in entries)


def test_a_folder_that_is_no_checkout_is_refused(tmp_path, capsys):
    assert run_suite.main([str(tmp_path)]) == 2
    assert "no checkout of PouchDB" in capsys.readouterr().err


@pytest.mark.skipif(not (run_suite.PEERS / "node_modules/pouchdb-server").is_dir(), reason="run `npm ci` in tests/peers")
def test_the_files_of_a_checkout_run_in_one_process_against_fresh_servers(tmp_path, capsys):
    (tmp_path / "tests/integration").mkdir(parents=True)
    (tmp_path / "tests/find/test-suite-1").mkdir(parents=True)
    for name in ("tests/integration/node.setup.js", "tests/integration/test.a.js", "tests/find/test-suite-1/test.b.js"):
        (tmp_path / name).touch()
    mocha = tmp_path / "node_modules/mocha/bin/mocha.js"
    mocha.parent.mkdir(parents=True)
    mocha.write_text(MOCHA)
    assert run_suite.main([str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert printed.count("all files") == 2
    for kind in ("integration", "find"):
        assert f"{kind}, client: the library of the suite" in printed
    assert printed.count("1 files in one process") == 1
    assert "test.a.js" in printed
