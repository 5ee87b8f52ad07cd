"""Step 5: read out, sign, choose the method and who mediates."""

from __future__ import annotations

from shared.ledger.days import local_date, moment
from shared.ledger.texts import t
from village_node.ui.intake.page import Form, Page
from village_node.ui.intake.sign_card import SignCard
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Card, Column, QuietButton, Row, Text
from village_node.ui.kit.chips import ChipsField
from village_node.ui.kit.dialogs import Picker
from village_node.ui.kit.icons import Icon
from village_node.view_models.intake import answers as model
from village_node.view_models.intake import signing
from village_node.view_models.intake.signing import Signer
from village_node.view_models.next_step import day_words


class SignPage(Page):
    def __init__(self, form: Form, **kwargs: object) -> None:
        super().__init__(form, **kwargs)
        self.cards: dict[str, SignCard] = {}
        self._told = Text(color=theme.TONES["info"][1], pos_hint={"center_y": .5})
        strip, row = Card(ground=theme.PRIMARY_PALE, edge=theme.PRIMARY_PALE), Row()
        row.add_widget(Icon(icon="bullhorn-outline", color=theme.TONES["info"][1], pos_hint={"center_y": .5}))
        row.add_widget(self._told)
        strip.add_widget(row)
        self.add_widget(strip)
        signers = signing.signers(form.answers, form.rules.limits.adult_age)
        for signer in signers:
            self.add_widget(self._card(signer))
        if not signers:
            self.add_widget(Text(text=t("intake.sign.no_people"), color=theme.SOFT_INK))
        self.method = ChipsField(label=t("intake.sign.method"), choices=list(signing.method_choices(form.answers)),
                                 chosen=[form.answers["method"]])
        self.method.bind(value=self._method)
        self.add_widget(self.method)
        self._mediator = Column(height=0)
        self.add_widget(self._mediator)
        self.show_choice()

    # ---- signatures

    def _card(self, signer: Signer) -> SignCard:
        kept = self.form.answers["strokes"].get(signer.key, {})
        person = model.person(self.form.answers, signer.key)
        card = SignCard(role=signer.role, name=signer.name, hand=signer.hand, on_sign=lambda: self._signed(signer.key),
                        on_later=lambda later: self._later(signer.key, later), later=bool(person["later"]))
        if kept.get("lines"):
            card.pad.take(kept["lines"])
            card.signed_at = self._when(kept["at"])
        self.cards[signer.key] = card
        return card

    def _when(self, at: int) -> str:
        today = self.form.desk_app.today()
        if not at:
            return t("intake.sign.signed_at", day=day_words(today, today), time="")
        return t("intake.sign.signed_at", day=day_words(local_date(at), today).partition("（")[0], time=f"{moment(at):%H:%M}")

    def _signed(self, key: str) -> None:
        card = self.cards[key]
        if card.pad.strokes:
            now = self.form.desk_app.services.now_ms()
            lines = [[[round(x, 4), round(y, 4)] for x, y in stroke] for stroke in card.pad.strokes]
            self.form.answers["strokes"][key] = {"lines": lines, "ratio": round(card.pad.height / max(card.pad.width, 1), 3),
                                                 "at": now}
            card.signed_at = self._when(now)
        else:
            self.form.answers["strokes"].pop(key, None)
            card.signed_at = ""
        self.form.changed()

    def _later(self, key: str, later: bool) -> None:
        model.person(self.form.answers, key)["later"] = later
        self.form.changed()

    # ---- what they choose

    def _method(self, _field: object, value: str) -> None:
        if not value:
            self.method.value = self.form.answers["method"]
            return
        self.form.answers["method"] = value
        self.form.changed()
        self.show_choice()

    @property
    def mediator(self) -> signing.MediatorChoice | None:
        """Who mediates as it stands: only people's mediation has somebody of the roster."""
        form = self.form
        return signing.mediator(form.mediator_choices(), form.answers) if form.answers["method"] == "people" else None

    def show_choice(self) -> None:
        answers = self.form.answers
        said = answers["summary"].strip().partition("。")[0][:30] or t("intake.sign.matter_none")
        method = dict(signing.method_choices(answers)).get(answers["method"], "")
        self._told.text = t("intake.sign.read_out", matter=said, method=method)
        self._mediator.clear_widgets()
        if answers["method"] != "people":
            return
        chosen = self.mediator
        card, row = Card(padding=theme.dp(12)), Row()
        row.add_widget(Icon(icon="account-tie", color=theme.PRIMARY, pos_hint={"center_y": .5}))
        words = Column(spacing=theme.dp(2), pos_hint={"center_y": .5})
        words.add_widget(Text(text=t("intake.sign.mediator"), color=theme.SOFT_INK, font_size=theme.SMALL))
        nobody = t("intake.sign.asking" if self.form.mediators is None else "intake.sign.nobody")
        words.add_widget(Text(text=chosen.name if chosen else nobody, font_size=theme.LARGE))
        if chosen is not None:
            words.add_widget(Text(text=chosen.line, color=theme.SOFT_INK, font_size=theme.SMALL))
        row.add_widget(words)
        if len(self.form.mediator_choices()) > 1:
            row.add_widget(QuietButton(text=t("intake.sign.change"), size_hint_x=None, width=theme.LARGE * 3 + theme.dp(40),
                                       pos_hint={"center_y": .5}, on_release=lambda *_: self._pick()))
        card.add_widget(row)
        self._mediator.add_widget(card)

    def _pick(self) -> None:
        chosen = self.mediator
        Picker(title=t("intake.sign.mediator"), choices=[(c.staff, f"{c.name}　{c.line}") for c in self.form.mediator_choices()],
               chosen=chosen.staff if chosen else "", on_choice=self._picked).open()

    def _picked(self, staff: str) -> None:
        self.form.answers["mediator"] = staff
        self.form.changed()
        self.show_choice()
