"""Keeps an intake at every change, and gives it back: the answers with the strokes of signatures, and the files beside them."""

from __future__ import annotations

from collections.abc import Callable

from village_node.point.drafts import DraftKey, Drafts
from village_node.ui.kit.draft_life import DraftLife
from village_node.ui.kit.photos import PhotoShelf
from village_node.view_models.intake import answers as model


class Keeper(DraftLife):
    """`on_kept(ms)` when a state of the form was handed over to be written."""

    def __init__(self, drafts: Drafts, key: DraftKey, office: str, *, now: Callable[[], int], encrypted: bool,
                 on_kept: Callable[[int], None]) -> None:
        super().__init__(drafts, key)
        self._office, self._now, self._on_kept, self._encrypted = office, now, on_kept, encrypted
        found = drafts.get(key)
        self.answers: model.Answers = model.restored(found.words, office) if found is not None else model.blank(office)
        self._files = dict(found.files) if found is not None else {}
        self._kept = found is not None
        self.saved_at = found.saved_at if found is not None else 0

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
            self._empty()
            return
        self._hold(model.title(self.answers), {"answers": model.kept(self.answers, encrypted=self._encrypted)})
        self.saved_at = self._now()
        self._on_kept(self.saved_at)
