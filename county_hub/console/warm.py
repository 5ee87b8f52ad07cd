"""What every page needs and nobody should wait for: its templates, made into code some seconds after the start, one by one.

A page asked for the first time after a start would make its own (ten to twenty milliseconds each, more for what it stands on).
The start itself waits for none of it, and whoever stops the server soon after it has paid for none.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from county_hub.console import render

AFTER_S, PAUSE_S = 10.0, 0.05       # the start is over by then; between two, who asks for a page goes first


@contextlib.contextmanager
def warming(after_s: float = AFTER_S, pause_s: float = PAUSE_S) -> Iterator[threading.Thread]:
    """As long as the block lasts, at most."""
    over = threading.Event()

    def work() -> None:
        if not over.wait(after_s):
            for name in render.templates():
                render.ready(name)
                if over.wait(pause_s):
                    return

    thread = threading.Thread(target=work, name="warming", daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        over.set()
        thread.join()
