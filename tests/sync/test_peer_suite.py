"""The script that runs PouchDB's own suite: what it makes of mocha's reports, on a stand-in for a checkout."""

from __future__ import annotations

import json
import sys

from tests.peers import run_suite

CASES = {
    "passes": [{"fullTitle": "a"}, {"fullTitle": "b"}],
    "pending": [{"fullTitle": "c"}],
    "failures": [
        {"fullTitle": "views", "err": {"message": "_view runs JavaScript of a design document, which is not spoken here"}},
        {"fullTitle": "filters", "err": {"status": 501, "name": "not_implemented", "message": "x"}},
        {"fullTitle": "honest", "err": {"message": "expected 1 to equal 2"}},
    ],
}


def test_a_report_is_found_behind_other_output_and_counted():
    output = 'warning {not json\n{"other": 1}\n' + json.dumps({"stats": {}, **CASES}, indent=2) + "\nbye\n"
    totals = run_suite.summarise("test.x.js", output)
    assert (totals.passed, totals.pending, totals.javascript, totals.failures) == (2, 1, 2, [("honest", "expected 1 to equal 2")])


def test_no_report_is_named_as_such():
    assert "Cannot find module" in run_suite.summarise("test.x.js", "Error: Cannot find module 'x'").broken


def test_a_folder_that_is_no_checkout_is_refused(tmp_path, capsys):
    assert run_suite.main([str(tmp_path)]) == 2
    assert "no checkout of PouchDB" in capsys.readouterr().err


def test_each_file_runs_against_a_fresh_server(tmp_path, capsys):
    (tmp_path / "tests/integration").mkdir(parents=True)
    (tmp_path / "tests/find/test-suite-1").mkdir(parents=True)
    (tmp_path / run_suite.SETUP).touch()
    for name in ("tests/integration/test.a.js", "tests/find/test-suite-1/test.b.js"):
        (tmp_path / name).touch()
    mocha = tmp_path / "node_modules/.bin/mocha"
    mocha.parent.mkdir(parents=True)
    mocha.write_text(
        f"#!/bin/sh\nexec {sys.executable} -c \"\n"
        "import json, os, urllib.request as r\n"
        "names = json.load(r.urlopen(os.environ['COUCH_HOST'] + '/_all_dbs'))\n"
        "r.urlopen(r.Request(os.environ['COUCH_HOST'] + '/left-behind', method='PUT'))\n"
        "print(json.dumps({'passes': [{}], 'pending': [], 'failures': [{'fullTitle': n, 'err': {}} for n in names]}))\"\n"
    )
    mocha.chmod(0o755)
    assert run_suite.main([str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert printed.count("all files") == 2
    assert "tests/find/test-suite-1/test.b.js" in printed
