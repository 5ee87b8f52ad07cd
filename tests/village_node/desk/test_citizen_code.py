"""一案一码 at the desk: made offline with the registration, printed where it was made, renewed where the slip is lost."""

from __future__ import annotations

import json

import pytest

from shared.disputes.acts import citizen_codes
from shared.disputes.case.citizen_slip import fits
from tests.support.village_node.node_world import CLERK, DRAFT, World
from village_node.__main__ import main
from village_node.point.errors import NotHere, UsageError


@pytest.fixture
def world(tmp_path):
    return World(tmp_path / "world")


def test_the_code_is_shown_once_at_registration_and_again_on_this_device_only(world, capsys):
    home = world.home()
    assert main(["case", "register", str(home), "--as", CLERK, "--set", f"parties={json.dumps(DRAFT['parties'])}",
                 "--set", "summary=DEMO 排水", "--set", "category=DC02"]) == 0
    shown = json.loads(capsys.readouterr().out)
    code, number = shown["citizen_code"]["code"], shown["row"]["number"]
    assert main(["case", "show", str(home), shown["row"]["id"]]) == 0
    assert code.replace("-", "")[1:-1] not in capsys.readouterr().out.replace("-", ""), "only when it is asked for"
    assert main(["case", "code", str(home), number]) == 0
    assert code in capsys.readouterr().out
    machine, qr = shown["citizen_code"]["number"], shown["citizen_code"]["qr"]
    for words in ([qr], ["--number", number, code.lower()], ["--number", machine, code]):
        assert main(["case", "by-code", str(home), *words]) == 0
        assert json.loads(capsys.readouterr().out)["case"] == shown["row"]["id"]
    assert main(["case", "by-code", str(home), "--number", number, code[:-1] + ("7" if code[-1] != "7" else "8")]) != 0
    said = capsys.readouterr().err
    assert "一组一组核对" in said
    assert len(said.strip().splitlines()) == 1


def test_nothing_that_leaves_the_device_tells_the_code(world):
    home = world.home()
    with world.desk(home) as desk:
        case = desk.register(CLERK, {**DRAFT, "citizen_code": {"v": 1, "salt": "0" * 32, "hash": "0" * 64}}).id
        slip = desk.citizens.slip(case)
        secret = slip.typed.replace("-", "")[1:-1]
        [event] = desk.node.tables.events_of("case", case)
        assert set(event.body["citizen_code"]) == {"v", "salt", "hash"}
        assert event.body["citizen_code"]["salt"] != "0" * 32, "a draft does not choose it"
        everything = json.dumps(event.doc(), ensure_ascii=False)
        assert secret not in everything
        assert slip.typed not in everything


def test_a_renewed_code_voids_the_one_that_was_lost(world):
    home = world.home()
    with world.desk(home) as desk:
        case = desk.register(CLERK, DRAFT).id
        first = desk.citizens.slip(case)
        assert desk.citizens.case_of(first.qr) == case
        desk.renew_code(CLERK, case, {"text": "DEMO 凭条丢了"})
        second = desk.citizens.slip(case)
        assert second.typed != first.typed
        assert desk.citizens.case_of(second.typed, second.number) == case
        with pytest.raises(NotHere, match="对不上"):
            desk.citizens.case_of(first.qr)
        stranger = citizen_codes.read(second.qr)
        assert fits(desk._cases.fold(desk._cases.events(case)), stranger)
        with pytest.raises(UsageError, match="案号不对"):
            desk.citizens.case_of(second.typed, "旧地村2026")


def test_the_slip_is_printed_with_its_qr_code(world, tmp_path):
    import io

    from pypdf import PdfReader

    home, out = world.home(), tmp_path / "slip.pdf"
    with world.desk(home) as desk:
        case, number = (view := desk.register(CLERK, DRAFT)).id, view.number
        typed = desk.citizens.slip(case).typed
    assert main(["case", "print", str(home), case, "--document", "E10", "--out", str(out)]) == 0
    [page] = PdfReader(io.BytesIO(out.read_bytes())).pages
    text = page.extract_text().replace("\n", "").replace("\0", "").replace(" ", "")
    assert typed in text
    assert number in text
    assert "一案一码" in text
    assert page.get_contents().get_data().count(b" re f") + page.get_contents().get_data().count(b" re\nf") > 100, "the modules"
