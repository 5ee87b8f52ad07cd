"""Step 4: photographs, papers, a spoken note. The shelf is the form's own, so what lies on it outlives this page."""

from __future__ import annotations

from shared.ledger.texts import t
from village_node.ui.devices import capture
from village_node.ui.intake.page import Form, Page
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Card, Text


class EvidencePage(Page):
    def __init__(self, form: Form, **kwargs: object) -> None:
        super().__init__(form, **kwargs)
        card = Card(spacing=theme.GAP)
        card.add_widget(Text(text=t("intake.evidence.title"), font_size=theme.LARGE))
        if form.shelf.parent is not None:
            form.shelf.parent.remove_widget(form.shelf)
        card.add_widget(form.shelf)
        self.add_widget(card)
        if not form.shelf.photos and not form.shelf.busy:
            words = "intake.evidence.none" if capture.camera() is not None else "intake.evidence.none_without_camera"
            hint = Text(text=t(words), color=theme.SOFT_INK)
            self.add_widget(hint)
            form.shelf.count.bind(text=lambda *_: self.remove_widget(hint))
