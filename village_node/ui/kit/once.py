"""A button that saves does it once: it is disabled while it saves, and stays so when the saving closed its form.

The second tap of a double tap comes up to 100 ms later, when the form may be gone already; without this it saved twice or fell on
what stood there then.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Once:
    """Guards one form's saving. `save` returns whether the form is done with; then nothing is saved any more."""

    def __init__(self, save: Callable[[], bool]) -> None:
        self._save = save
        self._busy = False
        self.done = False

    def __call__(self, button: Any = None) -> None:
        """`button` is shown as disabled meanwhile. An exception leaves the form as it was and goes on to the caller."""
        if self._busy or self.done:
            return
        self._busy = True
        if button is not None:
            button.disabled = True
        try:
            self.done = self._save()
        finally:
            self._busy = False
            if button is not None:
                button.disabled = self.done
