"""Pause, resume and cancel, at any moment of a replication over a real line."""

from __future__ import annotations

import random
import threading

import pytest

from sync.errors import Cancelled
from sync.remote.remote_peer import RemotePeer
from sync.replicator import Control, Progress, Replicator, sync
from tests.support.sync.faulty_link import link_to
from tests.support.sync.replication import WITHOUT_PAUSES, leaves, write


def peer(hub) -> RemotePeer:
    return RemotePeer(f"{hub.url}/db")


class InThread:
    """Runs `work`; `end` gives its exception or None."""

    def __init__(self, work) -> None:
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(work,), daemon=True)
        self._thread.start()

    def _run(self, work) -> None:
        try:
            work()
        except BaseException as error:
            self.error = error

    def end(self) -> BaseException | None:
        self._thread.join(60)
        assert not self._thread.is_alive(), "it did not end"
        return self.error


def test_paused_in_the_middle_nothing_moves_and_resumed_all_arrives(hub, here):
    control, told = Control(), threading.Event()
    steps: list[Progress] = []

    def progress(step: Progress) -> None:
        steps.append(step)
        if step.paused:
            told.set()
        elif step.done == 20:
            control.pause()

    with hub.databases.lease("db") as there:
        write(there, [f"d{n:03}" for n in range(100)])
        replicator = Replicator(
            peer(hub), here, local="target", cancel=control, progress=progress, batch_size=10, **WITHOUT_PAUSES
        )
        run = InThread(replicator.run)
        assert told.wait(60)
        held = here.update_seq()
        assert 20 <= held < 100
        assert here.update_seq() == held
        assert control.paused
        control.resume()
        assert run.end() is None
        assert leaves(here) == leaves(there)
    assert steps[-1].done >= 100
    assert not steps[-1].paused


def test_a_paused_replication_can_be_cancelled(hub, here):
    control, told = Control(), threading.Event()
    write(here, ["a"])
    control.pause()

    def progress(step: Progress) -> None:
        if step.paused:
            told.set()

    replicator = Replicator(here, peer(hub), local="source", cancel=control, progress=progress, **WITHOUT_PAUSES)
    run = InThread(replicator.run)
    assert told.wait(60)
    control.cancel()
    assert isinstance(run.end(), Cancelled)
    control.resume()
    with pytest.raises(Cancelled):
        Replicator(here, peer(hub), local="source", cancel=control, **WITHOUT_PAUSES).run()


def test_a_waiting_longpoll_is_paused_and_goes_on(hub, here):
    control, told, arrived = Control(), threading.Event(), threading.Event()

    def progress(step: Progress) -> None:
        (told if step.paused else arrived).set()

    replicator = Replicator(peer(hub), here, local="target", cancel=control, progress=progress, **WITHOUT_PAUSES)
    run = InThread(replicator.run_continuous)
    with hub.databases.lease("db") as there:
        write(there, ["one"])
        assert arrived.wait(60)
        control.pause()
        assert told.wait(60)
        arrived.clear()
        write(there, ["two"])
        assert set(leaves(here)) == {"one"}
        control.resume()
        assert arrived.wait(60)
        control.cancel()
        assert run.end() is None
        assert leaves(here) == leaves(there)


@pytest.mark.parametrize("seed", range(6))
def test_pausing_at_random_moments_loses_and_doubles_nothing(hub, here, seed):
    print(f"seed {seed}")
    dice = random.Random(seed)
    control = Control()
    write(here, [f"here{n:03}" for n in range(60)])
    with hub.databases.lease("db") as there, link_to(hub.url) as link:
        write(there, [f"there{n:03}" for n in range(60)])
        remote = RemotePeer(link.url(f"{hub.url}/db"))
        link.rate = 60_000.0
        link.delay_s = 0.005
        run = InThread(lambda: sync(here, remote, cancel=control, batch_size=7, **WITHOUT_PAUSES))
        for _ in range(5):
            for _ in range(dice.randrange(1, 4)):       # a moment that depends on the traffic, not on the clock
                before = here.update_seq() + there.update_seq()
                here.wait_for_change(here.update_seq(), 0.05)
                if here.update_seq() + there.update_seq() == before:
                    break
            control.pause()
            control.wait(0)
            control.resume()
        assert run.end() is None
        assert leaves(here) == leaves(there)
        again = sync(here, peer(hub), **WITHOUT_PAUSES)
    assert (again.pull.docs_read, again.push.docs_read) == (0, 0)


def test_a_control_is_a_flag_like_an_event():
    control = Control()
    assert not control.is_set()
    assert not control.wait(0)
    assert control.hold()
    control.pause()
    assert control.is_set()
    assert control.wait()
    assert control.paused
    control.resume()
    assert not control.is_set()
    assert control.hold()
    control.set()
    assert control.cancelled
    assert not control.hold()
