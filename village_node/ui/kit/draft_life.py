"""The life of a draft that every form shares: written at every change, left with what it holds, ended by the saved act alone."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from kivy.clock import Clock

from village_node.point.drafts import DraftFile, DraftKey, Drafts
from village_node.point.errors import NodeError
from village_node.ui.kit.photos import PhotoShelf


class DraftLife:
    """A form says in `keep` what it holds: `_hold` with it, `_empty` when nobody has touched it."""

    def __init__(self, drafts: Drafts, key: DraftKey, shelf: PhotoShelf | None = None) -> None:
        self._drafts, self.key, self._shelf = drafts, key, shelf
        self._kept = self._over = False
        self._trigger = Clock.create_trigger(lambda *_: self.keep(), 0)       # in the next frame: one touch is one write

    def keep(self) -> None:
        """The form as it stands is safe on this device a moment later."""
        raise NotImplementedError

    def _hold(self, title: str, words: dict[str, object]) -> None:
        self._kept = True
        self._drafts.save(self.key, title, words)

    def _empty(self) -> None:
        if self._kept:
            self._drafts.finish(self.key)
        self._kept = False

    def _file(self, slot: str, file: DraftFile | None) -> None:
        """A photograph came to the shelf, or went."""
        if file is None:
            self._drafts.drop_file(self.key, slot)
        else:
            self._drafts.put_file(self.key, slot, file)
        self.keep()

    def leave(self) -> None:
        """Closed unsaved; what it holds is kept, also a photograph that is still being made fit."""
        self._trigger.cancel()
        self.keep()

    @contextlib.contextmanager
    def being_saved(self, chain_seq: int) -> Iterator[None]:
        """Around the desk's write. `chain_seq`: the last number this device has written. What was refused is a draft as before:
        no later record is what became of it."""
        self._trigger.cancel()
        self.keep()
        if self._kept:
            self._drafts.saving(self.key, chain_seq)
        try:
            yield
        except NodeError:
            self.keep()
            raise
        self._over = True
        if self._shelf is not None:
            self._shelf.on_change = lambda *_: None
        self._drafts.finish(self.key)
