"""What a finder reads on the disk of a HOME: nothing that somebody wrote, whatever he wrote it into; and a copy neither reads nor
syncs. A HOME from before is encrypted, also when the power goes while that is done."""

from __future__ import annotations

import base64
import io
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from sync.replica import LocalReplica
from tests.support.village_node.node_world import CLERK, DRAFT, Hub
from village_node import composition
from village_node.desk.desk import FileDraft
from village_node.point.drafts import DraftFile, DraftKey, Drafts
from village_node.point.errors import Locked
from village_node.point.home import Home
from village_node.point.safe.moving import plain_files
from village_node.point.sync_round import run_round

pytest.importorskip("sqlcipher3")
REPOSITORY = Path(__file__).resolve().parents[4]
SEED = 20261129
MARK = "演示秘字"


def marked(word: str) -> str:
    return f"{MARK}{word}"


def picture() -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.effect_noise((640, 480), 90).convert("RGB").save(out, "JPEG", comment=marked("相片").encode())
    return out.getvalue()


def found_in(folder: Path, *needles: bytes) -> list[str]:
    return [f"{path.relative_to(folder)}: {needle!r}" for path in folder.rglob("*") if path.is_file()
            for needle in needles if needle in path.read_bytes()]


def test_nothing_that_was_written_is_readable_in_home_or_tmp(world, tmp_path, monkeypatch):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr(tempfile, "tempdir", None)
    home, photo = world.home(), picture()
    with world.desk(home) as desk:
        parties = [{"name": marked("甲")}, {"name": marked("乙"), "role": "respondent"}]
        draft = {**DRAFT, "summary": marked("案情"), "parties": parties}
        case = desk.register(CLERK, draft, files=[FileDraft(data=photo, name=f"{marked('照片')}.jpg")]).id
        drafts = Drafts(desk.node.home.drafts_file, key=desk.node.key, clock=desk.node.now)
        key = DraftKey("intake", "", CLERK)
        drafts.save(key, marked("草稿"), {"fields": {"summary": marked("草稿")}})
        drafts.put_file(key, "photo-1", DraftFile(f"{marked('草稿照片')}.jpg", "image/jpeg", "photo", photo))
        drafts.flush()
        thumb = next(f for f in desk.case(case).files).thumb or b""
        run_round(desk.node, hub=Hub(world), receipt_wait_s=0)
        assert desk.list_cases(text=marked("甲"))
        desk.set_pin(CLERK, "258036", words=desk.people.new_words())
        drafts.close()
        secret = desk.node.home.identity(desk.node.config.device)["device_key"].encode()
        needles = [MARK.encode(), MARK.encode("utf-16-le"), ascii(MARK)[1:-1].encode(), photo[1000:1040], secret, b"258036",
                   base64.b64encode(thumb)[40:80]]
        assert all(needles)
        assert found_in(home, *needles) == []
        assert found_in(temporary, *needles) == []
    assert found_in(home, *needles) == []
    assert not plain_files(Home(home))
    assert desk.node.home.key() not in b"".join(p.read_bytes() for p in home.rglob("*") if p.is_file())


def test_the_needles_are_found_where_nothing_is_encrypted(world, monkeypatch):
    monkeypatch.setattr("sync.storage.sqlcipher", lambda: None)
    monkeypatch.setattr("village_node.point.safe.unlock.can_encrypt", lambda: False)
    home = world.home()
    with world.desk(home) as desk:
        desk.register(CLERK, {**DRAFT, "summary": marked("案情")})
        assert desk.people.at_rest() == "plain"
        assert desk.node.key is None
        secret = desk.node.home.identity(desk.node.config.device)["device_key"].encode()
    assert found_in(home, MARK.encode())
    assert found_in(home, secret) == [], "credentials are encrypted on every installation"


def test_a_copied_home_without_pin_neither_reads_nor_syncs(world, tmp_path):
    home = world.home()
    with world.desk(home) as desk:
        desk.register(CLERK, DRAFT)
        desk.set_pin(CLERK, "258036", words=desk.people.new_words())
    copied = tmp_path / "copied"
    shutil.copytree(home, copied)
    for attempt in (lambda: composition.open_desk(copied), lambda: Home(copied).secrets(), lambda: Home(copied).database_key()):
        with pytest.raises(Locked):
            attempt()
    for replica in (copied / "replicas").glob("*.replica"):
        with pytest.raises(Exception, match="encrypted"):
            LocalReplica.open(replica)


# ---- a HOME from before

def home_from_before(world, monkeypatch, cases: int) -> Path:
    with monkeypatch.context() as before:
        before.setattr("tests.support.village_node.node_world.found_vault", lambda *_: None)
        home = world.home()
        with world.desk(home) as desk:
            for number in range(cases):
                draft = {**DRAFT, "summary": f"{marked('旧案')}{number}"}
                desk.register(CLERK, draft, files=[FileDraft(data=os.urandom(40_000), name="a.bin")])
            drafts = Drafts(desk.node.home.drafts_file, key=None, clock=desk.node.now)
            drafts.save(DraftKey("intake", "", CLERK), "x", {"a": marked("稿")})
            drafts.close()
            run_round(desk.node, hub=(hub := Hub(world)), receipt_wait_s=0)
            desk.node.tables.rebuild()
        hub.close()
    assert found_in(home, MARK.encode())
    assert not (home / "vault.json").exists()
    return home


def told(replica: LocalReplica) -> tuple[object, ...]:
    return {row.id: row.rev for row in replica.all_docs()}, replica.epoch, replica.replica_id


def test_a_home_from_before_is_encrypted_at_the_next_opening_and_nothing_is_lost(world, monkeypatch):
    home = home_from_before(world, monkeypatch, 3)
    before = {kind: LocalReplica.open(home / "replicas" / f"{kind}.replica") for kind in ("office", "files")}
    held = {kind: told(replica) for kind, replica in before.items()}
    for replica in before.values():
        replica.close()
    with composition.open_desk(home) as desk:
        assert desk.people.at_rest() == "alone"
        now = {"office": told(desk.node.office), "files": told(desk.node.files)}
        assert now == held, "documents, epoch and identity: no peer begins anew"
        assert len(desk.list_cases()) == 3
        drafts = Drafts(desk.node.home.drafts_file, key=desk.node.key, clock=desk.node.now)
        assert drafts.get(DraftKey("intake", "", CLERK)).words == {"a": marked("稿")}
        drafts.close()
    assert found_in(home, MARK.encode()) == []
    assert list(home.rglob("*.moving*")) == []


def test_a_home_is_not_moved_while_another_process_has_it_open(world, monkeypatch):
    home = home_from_before(world, monkeypatch, 1)
    file = str(home / "replicas" / "office.replica")
    code = f"from sync.replica import LocalReplica as r; x = r.open({file!r}); print(1, flush=True); input()"
    other = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                             env={**os.environ, "PYTHONPATH": str(REPOSITORY)})
    assert other.stdout.readline() == "1\n"
    with composition.open_desk(home) as desk:
        assert desk.people.at_rest() == "plain"
        desk.register(CLERK, DRAFT)
    other.communicate("\n")
    with composition.open_desk(home) as desk:
        assert desk.people.at_rest() == "alone"
        assert len(desk.list_cases()) == 2


def test_a_home_is_not_moved_while_this_process_has_it_open(world, monkeypatch):
    home = home_from_before(world, monkeypatch, 1)
    with LocalReplica.open(home / "replicas" / "office.replica") as other:
        with composition.open_desk(home) as desk:
            assert desk.people.at_rest() == "plain"
            desk.register(CLERK, DRAFT)
        assert len(other.all_docs(startkey="case:", endkey="case:~")) == 2


def killed_while_opening(home: Path, seam: int) -> bool:
    """A child opens HOME and dies by SIGKILL before the n-th file or connection that it opens, renames or removes: at every seam
    in turn, not by a clock. False: it came to its end before."""
    child = os.fork()
    if child == 0:
        left = seam

        def die(event: str, _args: object) -> None:
            nonlocal left
            if event in ("open", "os.rename", "os.remove", "sqlite3.connect"):
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(die)
        try:
            composition.open_node(home).close()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def test_encrypting_goes_on_after_sigkill(world, monkeypatch):
    print("seed", SEED)
    dice = random.Random(SEED)
    home = home_from_before(world, monkeypatch, 3)
    killed = sum(killed_while_opening(home, dice.randint(5, 24)) for _ in range(14))
    assert killed >= 5, "the power went in the middle"
    with composition.open_desk(home) as desk:
        assert desk.people.at_rest() == "alone"
        assert len(desk.list_cases(text=marked("旧案"))) == 3
        assert all(replica.verify() == [] for replica in (desk.node.office, desk.node.files, desk.node.directory_replica))
    assert not plain_files(Home(home))
    assert found_in(home, MARK.encode()) == []
