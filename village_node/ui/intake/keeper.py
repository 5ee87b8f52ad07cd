"""Keeps an intake at every change, and gives it back: the answers with the strokes of signatures, and the files beside them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from kivy.clock import Clock

from village_node.point.drafts import DraftFile, DraftKey, Drafts
from village_node.ui.kit.photos import PhotoShelf
from village_node.view_models.intake import answers as model


class Keeper:
    """`on_kept(ms)` when a state of the form was handed over to be written."""

    def __init__(self, drafts: Drafts, key: DraftKey, office: str, *, now: Callable[[], int], encrypted: bool,
                 on_kept: Callable[[int], None]) -> None:
        self._drafts, self.key, self._office, self._now, self._on_kept = drafts, key, office, now, on_kept
        self._kept, self._over, self._encrypted = False, False, encrypted
        self._shelf: PhotoShelf | None = None
        found = drafts.get(key)
        self.answers: model.Answers = model.restored(found.words, office) if found is not None else model.blank(office)
        self._files = dict(found.files) if found is not None else {}
        self._kept = found is not None
        self.saved_at = found.saved_at if found is not None else 0
        self._trigger = Clock.create_trigger(lambda *_: self.keep(), 0)

    def watch(self, shelf: PhotoShelf) -> None:
        """Puts back what lay on the shelf, and keeps what comes and goes."""
        for slot, file in self._files.items():
            if file.purpose != "signature":
                shelf.put(slot, file)
        self._shelf = shelf
        shelf.on_change = self._file

    def changed(self) -> None:
        """In the next frame, so that one touch is one write."""
        self._trigger()

    def keep(self) -> None:
        if self._over:
            return
        if not model.is_touched(self.answers, self._office) and not (self._shelf and self._shelf.photos):
            if self._kept:
                self._drafts.finish(self.key)
            self._kept = False
            return
        self._kept = True
        self._drafts.save(self.key, model.title(self.answers), {"answers": model.kept(self.answers, encrypted=self._encrypted)})
        self.saved_at = self._now()
        self._on_kept(self.saved_at)

    def _file(self, slot: str, file: DraftFile | None) -> None:
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
        """Around the desk's write. `chain_seq`: the last number this device has written."""
        self._trigger.cancel()
        self.keep()
        if self._kept:
            self._drafts.saving(self.key, chain_seq)
        yield
        self._over = True
        if self._shelf is not None:
            self._shelf.on_change = lambda *_: None
        self._drafts.finish(self.key)

