"""`python -m sync`: words, outputs and exit codes of the commands that work on a file."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sync.replica import LocalReplica
from tests.support.sync.peer_contract import doc_at

ROOT = Path(__file__).parents[3]


def run(*words, stdin="", env=None, cwd=None):
    return subprocess.run(
        [sys.executable, "-m", "sync", *map(str, words)], input=stdin, capture_output=True, text=True,
        encoding="utf-8", timeout=60, cwd=cwd, env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
    )


def told(result, code):
    """The one sentence of a failure."""
    assert result.returncode == code, result.stderr
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    return result.stderr.strip()


@pytest.fixture
def file(tmp_path):
    return tmp_path / "f.replica"


def test_put_makes_the_replica_and_says_what_it_stored(file):
    result = run("put", file, stdin='{"_id": "说事", "v": 1}')
    assert result.returncode == 0
    said = json.loads(result.stdout)
    assert said["ok"] is True
    assert json.loads(run("get", file, "说事").stdout) == {"_id": "说事", "_rev": said["rev"], "v": 1}


def test_put_reads_a_file_and_reports_a_conflict_as_a_failure(file, tmp_path):
    source = tmp_path / "doc.json"
    source.write_text('{"_id": "a"}', encoding="utf-8")
    assert run("put", file, source).returncode == 0
    assert "conflict" in told(run("put", file, source), 1)


@pytest.mark.parametrize(
    "text",
    ['{"docs": [{"_id": "a"}, {"_id": "b"}]}', '[{"_id": "a"}, {"_id": "b"}]', '{"_id": "a"}\n\n{"_id": "b"}\n',
     '{\n "docs": [\n{"_id": "a"},\n{"_id": "b"}]}'],
)
def test_bulk_takes_all_shapes_of_many_documents(file, text):
    said = json.loads(run("bulk", file, "-", stdin=text).stdout)
    assert said == {"ok": True, "docs": 2, "stored": 2, "failed": []}
    assert json.loads(run("info", file).stdout)["doc_count"] == 2


def test_bulk_stores_given_revisions_when_asked(file):
    body = {"docs": [doc_at("a", ["2-b", "1-a"], v=1)], "new_edits": False}
    assert run("bulk", file, "-", stdin=json.dumps(body)).returncode == 0
    assert json.loads(run("get", file, "a", "--revs").stdout)["_revisions"] == {"start": 2, "ids": ["b", "a"]}


def test_bulk_names_the_documents_that_failed_and_stores_the_others(file):
    result = run("bulk", file, "-", stdin='{"_id": "a"}\n{"_id": "_bad"}\n')
    assert "_bad" in told(result, 1)
    assert json.loads(result.stdout)["failed"][0]["id"] == "_bad"
    assert json.loads(run("info", file).stdout)["doc_count"] == 1


@pytest.mark.parametrize("text", ["", "nonsense", "{", "7", '{"_id": "a"}\nnonsense\n', "[" * 100_000])
def test_bulk_of_what_is_no_json_is_one_sentence(file, text):
    told(run("bulk", file, "-", stdin=text), 1)


def test_get_shows_conflicts_and_single_revisions(file):
    with LocalReplica.open(file) as replica:
        replica.bulk_docs([doc_at("a", ["2-x", "1-a"], v="x"), doc_at("a", ["2-y", "1-a"], v="y")], new_edits=False)
        replica.put_local("l", {"seq": 1})
    assert json.loads(run("get", file, "a", "--conflicts").stdout)["_conflicts"] == ["2-x"]
    assert json.loads(run("get", file, "a", "--rev", "2-x").stdout)["v"] == "x"
    assert json.loads(run("get", file, "_local/l").stdout)["seq"] == 1
    assert json.loads(run("conflicts", file).stdout) == {"id": "a", "rev": "2-y", "conflicts": ["2-x"]}
    assert "missing" in told(run("get", file, "zz"), 1)
    assert "missing" in told(run("get", file, "a", "--rev", "9-z"), 1)
    assert "rev" in told(run("get", file, "a", "--rev", "nonsense"), 1)


def test_changes_prints_rows_and_where_to_go_on(file):
    run("bulk", file, "-", stdin='{"_id": "a", "v": 1}\n{"_id": "b"}\n{"_id": "c", "_deleted": true}\n')
    lines = [json.loads(line) for line in run("changes", file).stdout.splitlines()]
    assert [row["id"] for row in lines[:-1]] == ["a", "b", "c"]
    assert lines[2]["deleted"] is True
    assert lines[-1] == {"last_seq": 3, "pending": 0}
    after = run("changes", file, "--since", lines[0]["seq"], "--limit", 1, "--include-docs").stdout.splitlines()
    assert json.loads(after[0])["doc"]["_id"] == "b"
    assert json.loads(after[1])["pending"] == 1
    assert "since" in told(run("changes", file, "--since", "nonsense"), 1)


def test_compact_verify_and_evict_say_what_they_did(file):
    run("bulk", file, "-", stdin='{"_id": "a"}\n{"_id": "b"}\n')
    assert json.loads(run("evict", file, "a", "nope").stdout) == {"ok": True, "evicted": 1}
    assert json.loads(run("compact", file).stdout)["ok"] is True
    assert json.loads(run("verify", file).stdout) == {"ok": True, "problems": []}


def test_verify_exits_1_and_names_what_is_wrong(file):
    run("put", file, stdin='{"_id": "a"}')
    with LocalReplica.open(file) as replica, replica.transaction():
        replica._writer.execute("UPDATE docs SET body = CAST('{' AS BLOB)")
    result = run("verify", file)
    assert " a " in told(result, 1)
    assert json.loads(result.stdout)["ok"] is False


def test_an_encrypted_file_takes_its_key_from_a_file_or_the_environment(file, tmp_path):
    pytest.importorskip("sqlcipher3")
    key = tmp_path / "key"
    key.write_text("ab" * 32 + "\n", encoding="ascii")
    assert run("put", file, "--key-file", key, stdin='{"_id": "a"}').returncode == 0
    assert run("get", file, "a", env={"SYNC_KEY": "ab" * 32}).returncode == 0
    assert "encrypted" in told(run("get", file, "a"), 1)
    assert "key" in told(run("get", file, "a", env={"SYNC_KEY": "cd" * 32}), 1)
    assert "SYNC_KEY" in told(run("get", file, "a", env={"SYNC_KEY": "abc"}), 2)
    assert "--key-file" in told(run("get", file, "a", "--key-file", tmp_path / "no"), 2)


def test_a_wrong_command_line_exits_2_and_a_missing_file_1(tmp_path):
    assert run("nonsense").returncode == 2
    assert run().returncode == 2
    assert run("get").returncode == 2
    for command in (["info"], ["changes"], ["conflicts"], ["compact"], ["verify"], ["evict", "x"], ["get", "x"]):
        assert "no replica" in told(run(command[0], tmp_path / "no.replica", *command[1:]), 1)
    assert "cannot be read" in told(run("put", tmp_path / "f.replica", tmp_path / "no.json"), 1)
    assert list(tmp_path.iterdir()) == []


def test_help_names_every_command():
    result = run("--help")
    assert result.returncode == 0
    for command in ("serve", "put", "bulk", "get", "info", "changes", "conflicts", "compact", "verify", "evict"):
        assert command in result.stdout


def test_a_missing_optional_package_stops_its_own_command_alone(tmp_path):
    for name in ("starlette", "uvicorn", "httpx2"):
        (tmp_path / f"{name}.py").write_text(f"raise ImportError('no {name}', name='{name}')", encoding="ascii")
    env = {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    assert run("put", tmp_path / "f.replica", stdin='{"_id": "a"}', env=env).returncode == 0
    assert run("--help", env=env).returncode == 0
