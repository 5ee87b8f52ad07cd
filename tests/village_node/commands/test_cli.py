"""The command line of a service point, as processes: exit codes, sentences, kills, two writers, a full disk, keys."""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from shared.ledger.authoring import Act
from shared.ledger.days import later
from tests.support import warm
from tests.support.village_node.node_world import CLERK, DRAFT, World
from village_node.__main__ import main
from village_node.point import chain_check
from village_node.point.verify import verify_node

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture
def world(tmp_path):
    return World(tmp_path / "world")


@pytest.fixture
def home(world):
    return world.home()


def environment(**more: str) -> dict[str, str]:
    known = {k: v for k, v in os.environ.items() if k not in ("SYNC_KEY", "SHUOSHI_CLOCK_OFFSET_S")}
    return {**known, "PYTHONPATH": str(REPOSITORY), **more}


def run(*words: object, stdin: str = "", env: dict[str, str] | None = None, **options) -> subprocess.CompletedProcess[str]:
    made = warm.run([sys.executable, "-m", "village_node", *map(str, words)], input=stdin, text=True, capture_output=True,
                    env=env or environment(), timeout=60, **options)
    assert "Traceback" not in made.stderr, made.stderr
    return made


def called(*words: object, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """The same within this process, which need not load the program anew: for what is refused before anything is kept."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), "utf-8"))
        for name in ("SYNC_KEY", "SHUOSHI_CLOCK_OFFSET_S"):
            patch.delenv(name, raising=False)
        try:
            code = main([*map(str, words)])
        except SystemExit as ended:
            code = int(ended.code or 0)
    return subprocess.CompletedProcess([*map(str, words)], code, out.getvalue(), err.getvalue())


def one_sentence(made: subprocess.CompletedProcess[str], code: int) -> str:
    assert made.returncode == code, made.stderr
    assert made.stderr.strip()
    assert made.stderr.strip().count("\n") == 0, made.stderr
    assert any(ord(c) > 0x4E00 for c in made.stderr), "the sentence is Chinese"
    return made.stderr


def test_a_case_is_registered_listed_shown_and_carried_on(home):
    made = run("case", "register", home, "--as", CLERK, "--json", "-", stdin=json.dumps(DRAFT, ensure_ascii=False))
    assert made.returncode == 0, made.stderr
    case = json.loads(made.stdout)
    assert case["row"]["delivery"]["waiting"] == 1
    listed = json.loads(run("case", "list", home, "--open").stdout)
    assert [row["id"] for row in listed] == [case["row"]["id"]]
    number = case["state"]["number"]
    moved = run("case", "escalate", home, number, "--as", CLERK, "--set", "reason=超出本村能力",
                "--date", case["row"]["registered_at"])
    assert moved.returncode == 0, moved.stderr
    shown = json.loads(run("case", "show", home, number, "--as", CLERK).stdout)
    assert [line["kind"] for line in shown["timeline"]] == ["case.registered", "case.escalate_requested"]
    assert shown["actions"]
    late = ("alarms", home, "--json", "--today", later(case["row"]["registered_at"], 200))
    alarms = json.loads(run(*late).stdout)
    assert json.loads(run(*late, "--limit", "1").stdout) == alarms[:1] != alarms
    assert "还没有县级回执" in run("status", home).stdout
    assert run("verify", home).returncode == 0


@pytest.mark.parametrize(("words", "stdin", "code", "says"), [
    (["case", "register", "HOME", "--as", CLERK, "--json", "-"], "{", 2, "不是正确的 JSON"),
    (["case", "register", "HOME", "--as", CLERK, "--json", "-"], "[1]", 2, "JSON 对象"),
    (["case", "register", "HOME", "--as", CLERK, "--json", "-"], '{"summary": 1.5}', 2, "当事人"),
    (["case", "register", "HOME", "--as", CLERK, "--json", "-"], "[" * 100_000, 2, "JSON"),
    (["case", "register", "HOME", "--as", CLERK, "--json", "/nowhere.json"], "", 2, "/nowhere.json"),
    (["case", "register", "HOME", "--as", "nobody", "--json", "-"], "{}", 2, "nobody"),
    (["case", "register", "HOME", "--json", "-"], "{}", 2, "--as"),
    (["case", "register", "HOME", "--as", CLERK, "--set", "nonsense"], "", 2, "字段=值"),
    (["case", "register", "HOME", "--as", CLERK, "--json", "-", "--file", "/nowhere.jpg"], json.dumps(DRAFT), 2, "nowhere.jpg"),
    (["case", "register", "HOME", "--as", CLERK, "--json", "-", "--date", "昨天"], json.dumps(DRAFT), 2, "昨天"),
    (["case", "show", "HOME", "150822100203-2026-001-0099-1"], "", 1, "0099"),
    (["case", "fly", "HOME"], "", 2, "--help"),
    (["fly"], "", 2, "--help"),
    (["status", "/nowhere/home"], "", 1, "enrol"),
    (["enrol", "NEW", "--hub", "ftp://x", "--code", "ABCDE-FGHJK"], "", 2, "http"),
    (["enrol", "NEW", "--hub", "http://a:b@x", "--code", "ABCDE-FGHJK"], "", 2, "密码"),
    (["enrol", "NEW", "--hub", "http://127.0.0.1:9", "--code", "A"], "", 2, "只有 1 个字符"),
    (["enrol", "NEW", "--code", "7Q2K-9X4M-0TMF-2727-9X7S-15WM"], "", 2, "没有平台地址"),
    (["enrol", "NEW", "--hub", "http://127.0.0.1:9", "--code", "7Q2K-9X4M-0TMF-2727-9X7S-15WM"], "", 1, "连不上"),
    (["enrol", "HOME", "--hub", "http://127.0.0.1:9", "--code", "ABCDE-FGHJK"], "", 1, "已经登记"),
    (["sync", "HOME"], "", 1, "连不上"),
    (["status", "HOME", "--key-file", "/nowhere.key"], "", 2, "nowhere.key"),
])
def test_every_wrong_command_gets_one_sentence_and_its_exit_code(home, tmp_path, words, stdin, code, says):
    paths = {"HOME": str(home), "NEW": str(tmp_path / "new")}
    made = called(*[paths.get(word, word) for word in words], stdin=stdin)
    assert "Traceback" not in made.stderr
    if words[0] == "sync":
        made.stderr = made.stderr.splitlines()[-1]
    assert says in one_sentence(made, code)


def test_a_wrong_command_as_a_process_ends_with_its_code(home):
    assert "--help" in one_sentence(run("fly"), 2)
    made = run("sync", home)
    assert "连不上" in made.stderr
    assert made.returncode == 1


def test_a_fault_of_the_program_is_one_line_and_a_log(home):
    (home / "state.json").write_text('{"clock_offset_ms": [1]}')
    made = run("case", "register", home, "--as", CLERK, "--json", "-", stdin=json.dumps(DRAFT))
    assert "程序出了故障" in one_sentence(made, 1)
    assert '"trace": [' in (home / "log" / "village-node.log").read_text("utf-8")


def test_sync_without_a_hub_answers_in_json_too(home):
    made = run("sync", home, "--json")
    assert made.returncode == 1
    outcome = json.loads(made.stdout)
    assert not outcome["ok"]
    assert outcome["error"]
    assert "连不上" in outcome["sentence"]


@pytest.mark.parametrize("content", ["", "{", "device = 1", "device = 'x'\n[databases]\n"])
def test_a_broken_configuration_is_named(home, content):
    (home / "node.toml").write_text(content)
    assert "node.toml" in one_sentence(called("status", home), 1)


def test_the_clock_of_the_environment_is_honoured_and_checked(home):
    draft = json.dumps(DRAFT)
    made = run("case", "register", home, "--as", CLERK, "--json", "-", stdin=draft,
               env=environment(SHUOSHI_CLOCK_OFFSET_S=str(-400 * 86400)))
    past = json.loads(made.stdout)["row"]["registered_at"]
    now = json.loads(run("case", "register", home, "--as", CLERK, "--json", "-", stdin=draft).stdout)["row"]["registered_at"]
    assert past < now
    assert "SHUOSHI_CLOCK_OFFSET_S" in one_sentence(run("status", home, env=environment(SHUOSHI_CLOCK_OFFSET_S="x")), 2)


def test_an_encrypted_home_opens_with_its_key_only(world, tmp_path):
    pytest.importorskip("sqlcipher3")
    key, wrong = bytes(range(32)), bytes(32)
    home = world.home(key=key)
    key_file, wrong_file = tmp_path / "key", tmp_path / "wrong"
    key_file.write_text(key.hex())
    wrong_file.write_text(wrong.hex())
    made = run("case", "register", home, "--as", CLERK, "--json", "-", "--key-file", key_file, stdin=json.dumps(DRAFT))
    assert made.returncode == 0, made.stderr
    assert "SYNC_KEY" in one_sentence(run("status", home, "--key-file", wrong_file), 1)
    assert "密钥文件" in run("status", home).stdout
    assert "密钥文件" in one_sentence(run("case", "list", home), 1)
    assert run("verify", home, env=environment(SYNC_KEY=key.hex())).returncode == 0
    assert all("水渠".encode() not in path.read_bytes() for path in home.rglob("*") if path.is_file())


_WRITER = """
import sys
from village_node import composition
desk = composition.open_desk(sys.argv[1])
for n in range(int(sys.argv[2])):
    view = desk.register("clerk-1", {"parties": [{"name": "演示"}], "summary": f"第{n}件", "category": "DC02"})
    print(view.id, flush=True)
"""


def writer(home: Path, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", _WRITER, str(home), str(count)], stdout=subprocess.PIPE, text=True,
                            env=environment(), cwd=REPOSITORY)


@pytest.mark.parametrize("after", [1, 4])
def test_what_was_reported_saved_survives_a_kill(world, home, after):
    process = writer(home, 10_000)
    assert process.stdout is not None
    told = [process.stdout.readline().strip() for _ in range(after)]
    process.send_signal(signal.SIGKILL)
    told += [line.strip() for line in process.stdout if len(line.strip()) == 26]
    process.wait(30)
    process.stdout.close()
    with world.desk(home) as desk:
        assert set(told) <= {row.id for row in desk.list_cases(limit=10_000)}
        assert verify_node(desk.node)["problems"] == []
        desk.register(CLERK, DRAFT)
        assert verify_node(desk.node)["problems"] == []


def test_two_processes_keep_one_chain_and_never_give_a_number_twice(world, home):
    both = [writer(home, 8), writer(home, 8)]
    told = [line.strip() for process in both for line in process.communicate(timeout=60)[0].splitlines()]
    assert [process.returncode for process in both] == [0, 0]
    with world.desk(home) as desk:
        rows = desk.list_cases(limit=100)
        assert {row.id for row in rows} == set(told)
        assert len({row.number for row in rows}) == 16
        report = verify_node(desk.node)
        assert report["problems"] == []
        assert report["own_events"] == 16


def test_a_full_disk_is_said_and_costs_nothing_that_was_saved(world, home, tmp_path):
    with world.desk(home) as desk:
        case = desk.register(CLERK, DRAFT).id
    big = tmp_path / "big.bin"
    big.write_bytes(os.urandom(1_500_000))
    limit = max(path.stat().st_size for path in (home / "replicas").iterdir()) + 200_000

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    made = run("case", "add-evidence", home, case, "--as", CLERK, "--set", "title=录像", "--file", big, preexec_fn=full)
    assert "没有保存" in one_sentence(made, 1)
    with world.desk(home) as desk:
        assert verify_node(desk.node)["problems"] == []
        assert [line.kind for line in desk.case(case).timeline] == ["case.registered"]
        desk.add_note(CLERK, case, {"text": "空间已腾出"})


def test_an_act_that_is_saved_but_cannot_be_shown_says_so_and_is_not_done_twice(world, home):
    (home / "read.sqlite").mkdir()             # the tables fail for as long as this folder is there
    made = run("case", "register", home, "--as", CLERK, "--json", "-", stdin=json.dumps(DRAFT))
    assert "已经保存" in one_sentence(made, 1)
    assert '"trace": [' in (home / "log" / "village-node.log").read_text("utf-8")
    (home / "read.sqlite").rmdir()
    assert len(json.loads(run("case", "list", home).stdout)) == 1


def test_an_anchor_that_cannot_be_written_does_not_call_a_saved_act_failed(world, home):
    with world.desk(home) as desk:
        (home / "anchor.json").mkdir()
        (home / "anchor.json" / "in the way").touch()
        chain_check.after_write(desk.node)     # no event yet: nothing to do
        event = desk.node.author.write(Act("case.noted", None, {"text": "演示"}, actor=CLERK, role="mediator"))
        chain_check.after_write(desk.node)
        assert desk.node.office.get(event.id)


def test_damaged_tables_are_made_anew_without_a_word_on_the_screen(home):
    assert run("case", "register", home, "--as", CLERK, "--json", "-", stdin=json.dumps(DRAFT)).returncode == 0
    for leftover in home.glob("read.sqlite-*"):
        leftover.unlink()
    (home / "read.sqlite").write_bytes(bytes(range(255, -1, -1)) * 64)
    made = run("case", "list", home)
    assert (made.returncode, made.stderr, len(json.loads(made.stdout))) == (0, "", 1)
    assert "made anew" in (home / "log" / "village-node.log").read_text("utf-8")


def test_kivy_is_asked_for_only_by_the_app():
    made = subprocess.run([sys.executable, "-c", "import sys, village_node.__main__, village_node.composition;"
                           "print([m for m in sys.modules if m.startswith('kivy')])"], capture_output=True, text=True,
                          env=environment(), check=True, cwd=REPOSITORY)
    assert made.stdout.strip() == "[]"
