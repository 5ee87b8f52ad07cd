"""What a screen wants to know is asked in one thread of its own; the screen draws when the answer comes.

A question has a name: while one is being answered, only the newest of that name waits behind it, so a hundred changes are one
answer. Errors come back to Kivy's thread and are told as all others.

What an answer leads to may be drawn in pieces: where `done` returns an iterator, each frame takes one step of it, so the top of a
long page is there before all of it is made. A newer drawing of that name ends an older one.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any

from kivy.clock import Clock

Work = Callable[[], Any]
Done = Callable[[Any], Iterator[None] | None]


class Asker:
    def __init__(self, trouble: Callable[[Exception], None]) -> None:
        self._trouble = trouble
        self._turn = threading.Condition()
        self._waiting: OrderedDict[str, tuple[Work, Done]] = OrderedDict()
        self._thread: threading.Thread | None = None
        self._over = False
        self._running = 0
        self._unanswered = 0           # answers on their way to Kivy's thread
        self._drawing: OrderedDict[str, Iterator[None]] = OrderedDict()       # in Kivy's thread alone

    @property
    def busy(self) -> bool:
        return bool(self._waiting or self._running or self._unanswered or self._drawing)

    def ask(self, name: str, work: Work, done: Done) -> None:
        with self._turn:
            self._waiting[name] = (work, done)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="asking", daemon=True)
                self._thread.start()
            self._turn.notify()

    def draw(self, name: str, pieces: Iterator[None]) -> None:
        """The first piece now, another one each frame; in Kivy's thread."""
        self._drawing.pop(name, None)
        self._drawing[name] = pieces
        self._step(name, pieces)

    def _step(self, name: str, pieces: Iterator[None]) -> None:
        if self._over or self._drawing.get(name) is not pieces:
            return
        try:
            next(pieces)
        except StopIteration:
            del self._drawing[name]
        except Exception as error:      # a page that cannot be finished stays as far as it came
            del self._drawing[name]
            self._trouble(error)
        else:
            Clock.schedule_once(lambda _dt: self._step(name, pieces), 0)

    def stop(self) -> None:
        """Nothing is answered or drawn any more; returns when the last question has ended."""
        self._drawing.clear()
        with self._turn:
            self._over = True
            self._waiting.clear()
            self._turn.notify()
            thread, self._thread = self._thread, None
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        while True:
            with self._turn:
                self._turn.wait_for(lambda: self._waiting or self._over)
                if self._over:
                    return
                name, (work, done) = self._waiting.popitem(last=False)
                self._running = 1
            try:
                answer: Any = work()
            except Exception as error:      # told in Kivy's thread
                answer = error
            with self._turn:
                self._running = 0
                self._unanswered += 1
            Clock.schedule_once(lambda _dt, name=name, done=done, answer=answer: self._answer(name, done, answer), 0)

    def _answer(self, name: str, done: Done, answer: Any) -> None:
        self._unanswered -= 1
        if self._over:
            return
        if isinstance(answer, Exception):
            self._trouble(answer)
            return
        pieces = done(answer)
        if pieces is not None:
            self.draw(name, pieces)
