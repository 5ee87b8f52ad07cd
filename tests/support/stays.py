"""What stays to the end of a test run, modules and tests, is set aside from the look for garbage: among it that takes 0.4 s, and
each window test looked once or more (decision 0146)."""

from __future__ import annotations

import gc

aside = False           # has this process set it aside, and means it to be?


def set_aside() -> None:
    """Looks for garbage once, and no more among what is left."""
    global aside
    gc.collect()
    gc.freeze()
    aside = True


def bring_back() -> None:
    """As in a process of the app's own."""
    global aside
    gc.unfreeze()
    gc.collect()
    aside = False
