"""PINs: six digits, the first one closes the HOME, wrong tries wait whatever clock is changed, a lease without contact ends."""

from __future__ import annotations

import json
import shutil

import pytest

from shared.ledger.published.directory_heads import change
from shared.ledger.published.pin_codes import CHEAP, SETTING, new_code, verifier_of
from tests.support.village_node.node_world import CLERK, DRAFT, Hub
from village_node import composition
from village_node.point.errors import Locked, Refused, UsageError, WrongSecret
from village_node.point.home import Home
from village_node.point.pins import Pins
from village_node.point.safe.lease import DAY_MS
from village_node.point.safe.means import Means
from village_node.point.safe.tries import LONGEST_WAIT_MS
from village_node.point.safe.unlock import opens_alone, unlock
from village_node.point.sync_round import run_round

PIN, WRONG = "258036", "111222"


@pytest.fixture
def home(world):
    return world.home()


@pytest.fixture
def desk(world, home):
    with world.desk(home) as made:
        yield made


class Machine:
    """ms since it was started."""

    def __init__(self, ms: int = 10_000_000) -> None:
        self.ms = ms

    def __call__(self) -> int:
        return self.ms


def closed(desk, pin: str = PIN) -> str:
    words = desk.people.new_words()
    desk.set_pin(CLERK, pin, words=words)
    return words


@pytest.mark.parametrize("pin", ["12a456", "12345", "1234567", "", "１２３４５６", "111111", "123456", "654321", "890123"])
def test_what_is_no_pin_or_everybodys_first_guess_is_refused(desk, pin):
    with pytest.raises(UsageError, match=r"位数字|太容易"):
        desk.set_pin(CLERK, pin, words=desk.people.new_words())
    assert desk.people.opens_alone


def test_the_first_pin_wants_the_words_written_down_and_closes_the_home(desk, home):
    case = desk.register(CLERK, DRAFT).id
    assert desk.people.needs_words()
    with pytest.raises(UsageError, match="开机词"):
        desk.set_pin(CLERK, PIN)
    assert opens_alone(Home(home))
    words = closed(desk)
    assert not opens_alone(Home(home))
    assert [p.has_pin for p in desk.staff() if p.id == CLERK] == [True]
    assert desk.people.check_pin(CLERK, PIN)
    assert not desk.people.check_pin(CLERK, WRONG)
    for given in (None, Means(secret=PIN), Means(secret="红马青牛白羊黑鹿大兔")):
        with pytest.raises(Locked, match="开机"):
            composition.open_desk(home, key_file=given)
    with composition.open_desk(home, key_file=Means(secret=words)) as again:
        assert again.case(case).row.id == case
        assert again.people.check_pin(CLERK, PIN)


def test_with_a_platform_keystore_the_pin_opens_here_and_nowhere_else(world, home, platform, desk):
    pins = Pins(desk.node.home, world.bytes, keystore=lambda _home: platform)
    assert not pins.needs_words()
    pins.set(CLERK, PIN)
    fresh = Home(home)
    with pytest.raises(Locked):
        unlock(fresh, None, world.bytes, keystore=lambda _home: platform)
    assert unlock(fresh, Means(secret=PIN), world.bytes, keystore=lambda _home: platform) == desk.node.home.key()
    assert fresh.opened_by == CLERK
    with pytest.raises(WrongSecret, match="密码不对"):
        unlock(Home(home), Means(secret=WRONG), world.bytes, keystore=lambda _home: platform)
    copied = home.parent / "copied"
    shutil.copytree(home, copied)
    with pytest.raises(WrongSecret, match="钥匙库"):
        unlock(Home(copied), Means(secret=PIN), world.bytes, keystore=lambda _home: None)


def test_a_changed_pin_encrypts_nothing_anew(desk, home):
    closed(desk)
    key, before = desk.node.home.key(), {p: p.read_bytes()[:64] for p in (home / "replicas").glob("*.replica")}
    with pytest.raises(UsageError, match="原来的密码不对"):
        desk.set_pin(CLERK, "909182", proof=WRONG)
    desk.set_pin(CLERK, "909182", proof=PIN)
    assert desk.people.check_pin(CLERK, "909182")
    assert not desk.people.check_pin(CLERK, PIN)
    assert Home(home).vault() is not None
    assert desk.node.home.key() == key
    assert {p: p.read_bytes()[:64] for p in before} == before


def test_wrong_tries_wait_over_restarts_and_changed_clocks(world, home, desk):
    machine = Machine()
    desk.node.running = machine
    words = closed(desk)
    assert not any(desk.people.check_pin(CLERK, WRONG) for _ in range(3))
    with pytest.raises(Refused, match="秒后再试"):
        desk.people.check_pin(CLERK, PIN)
    world.clock.ms += 10 * DAY_MS                       # a clock set ahead
    with pytest.raises(Refused):
        desk.people.check_pin(CLERK, PIN)
    with world.desk(home, given=Means(secret=words)) as again:        # a new process
        again.node.running = machine
        with pytest.raises(Refused):
            again.people.check_pin(CLERK, PIN)
        machine.ms = 100                                # the machine was started anew: only the time since then counts
        with pytest.raises(Refused):
            again.people.check_pin(CLERK, PIN)
        machine.ms = 1100
        assert again.people.check_pin(CLERK, PIN)
        assert not any(again.people.check_pin(CLERK, WRONG) for _ in range(2)), "the right PIN began anew"


def test_the_wait_doubles_up_to_a_quarter_of_an_hour(home, desk):
    machine = Machine()
    desk.node.running = machine
    closed(desk)
    waits = []
    for _ in range(20):
        machine.ms += LONGEST_WAIT_MS
        assert not desk.people.check_pin(CLERK, WRONG)
        waits.append(json.loads((home / "tries.json").read_text())[CLERK]["wait"])
    assert waits[:5] == [0, 0, 1000, 2000, 4000]
    assert waits[-1] == LONGEST_WAIT_MS


def test_a_try_counts_although_the_program_dies_while_it_is_judged(desk, home):
    closed(desk)
    with pytest.raises(KeyboardInterrupt):
        desk.people._pins.counted(CLERK, lambda: (_ for _ in ()).throw(KeyboardInterrupt))
    assert json.loads((home / "tries.json").read_text())[CLERK]["wrong"] == 1


def test_the_first_pin_wants_the_code_of_the_enrolment_and_the_second_persons_an_officers(world, home, desk):
    desk.node.home.change_secrets(lambda _known: {"enrol_code": verifier_of("ABCD-EFGH", world.bytes, CHEAP)})
    words = desk.people.new_words()
    assert desk.people.proof_wanted(CLERK) == "enrolment"
    with pytest.raises(UsageError, match="登记码不对"):
        desk.set_pin(CLERK, PIN, proof="ABCD-EFGX", words=words)
    desk.set_pin(CLERK, PIN, proof="abcdefgh", words=words)
    assert "enrol_code" not in {k for k, v in desk.node.home.secrets().items() if v}
    assert desk.people.proof_wanted("grid-1") == "code"
    with pytest.raises(UsageError, match="验证码不对"):
        desk.set_pin("grid-1", PIN, proof="abcdefgh")
    code, said = new_code(world.bytes, world.clock.ms + DAY_MS)
    world.publish([change("setting", SETTING + "grid-1", said)])
    desk.node.directory_replica.bulk_docs(world.heads, new_edits=False)
    desk.set_pin("grid-1", PIN, proof=code)
    assert desk.people.check_pin("grid-1", PIN)
    with pytest.raises(UsageError):
        desk.set_pin("grid-1", "909182", proof=code)    # once
    assert code.replace("-", "") not in json.dumps(world.heads)


def test_an_officers_code_expires(world, desk):
    closed(desk)
    code, said = new_code(world.bytes, world.clock.ms + DAY_MS)
    world.publish([change("setting", SETTING + CLERK, said)])
    desk.node.directory_replica.bulk_docs(world.heads, new_edits=False)
    world.clock.ms += 2 * DAY_MS
    with pytest.raises(UsageError):
        desk.set_pin(CLERK, "909182", proof=code)


def test_without_contact_nobody_sits_down_after_the_lease_but_rounds_go_on(world, home, desk):
    world.publish([change("setting", "sign_in_days", {"days": 5})])
    desk.node.directory_replica.bulk_docs(world.heads, new_edits=False)
    desk.people.check_lease()                           # never in contact yet: nothing to count from
    hub = Hub(world)
    assert run_round(desk.node, hub=hub, receipt_wait_s=0).ok
    desk.register(CLERK, DRAFT)
    world.clock.ms += 4 * DAY_MS
    desk.people.check_lease()
    world.clock.ms += 2 * DAY_MS
    with pytest.raises(Refused, match="5 天没有和县里联系"):
        desk.people.check_lease()
    world.clock.ms += 900 * DAY_MS                      # a clock that is wrong for once
    with pytest.raises(Refused):
        desk.people.check_lease()
    world.clock.ms -= 904 * DAY_MS
    desk.people.check_lease()
    world.clock.ms += 4 * DAY_MS
    with pytest.raises(Refused):
        desk.people.check_lease()
    assert run_round(desk.node, hub=hub, receipt_wait_s=0).ok
    assert len(hub.events()) == 1
    hub.close()
    desk.people.check_lease()


def test_old_verifiers_still_know_their_pin(desk):
    import hashlib

    salt = "ab" * 16
    old = hashlib.scrypt(b"2580", salt=bytes.fromhex(salt), n=2**14, r=8, p=1, maxmem=64 << 20).hex()
    desk.node.home.change_secrets(lambda _k: {"pins": {CLERK: {"salt": salt, "hash": old, "wrong": 0, "until": 0}}})
    assert desk.people.check_pin(CLERK, "2580")
    assert not desk.people.check_pin(CLERK, "2581")
