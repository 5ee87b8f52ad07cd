"""The first screen: what is on this desk, with deadline colours and delivery marks."""

from __future__ import annotations

from kivy.lang import Builder
from kivy.properties import BooleanProperty, StringProperty
from kivy.uix.screenmanager import Screen

from shared.ledger.texts import t
from village_node.ui.kit.basic import TapCard, ToggleChip
from village_node.ui.screens.draft_cards import DraftCards
from village_node.view_models import case_list

Builder.load_string("""
#:import theme village_node.ui.kit.theme
#:import t shared.ledger.texts.t

<CaseCard>:
    spacing: theme.dp(8)
    BoxLayout:
        size_hint_y: None
        height: theme.dp(40)
        spacing: theme.GAP
        Label:
            text: root.title
            font_size: theme.LARGE
            color: theme.INK
            text_size: self.size
            shorten: True
            shorten_from: 'right'
            halign: 'left'
            valign: 'middle'
        Chip:
            text: t('app.list.unread')
            tone: 'demo'
            opacity: 1 if root.unread else 0
            width: self.texture_size[0] + theme.dp(24) if root.unread else 0
        Chip:
            text: root.state_words
            tone: root.state_tone
    Label:
        text: root.line
        size_hint_y: None
        height: theme.dp(28)
        font_size: theme.TEXT
        color: theme.SOFT_INK
        text_size: self.size
        shorten: True
        shorten_from: 'right'
        halign: 'left'
        valign: 'middle'
    BoxLayout:
        size_hint_y: None
        height: theme.dp(36)
        spacing: theme.GAP
        Chip:
            text: root.deadline
            tone: root.deadline_tone
        Chip:
            text: root.delivery
            tone: root.delivery_tone
        Label:
            text: root.where + '　' + root.number
            font_size: theme.SMALL
            color: theme.SOFT_INK
            text_size: self.size
            shorten: True
            halign: 'right'
            valign: 'middle'

<CasesScreen>:
    BoxLayout:
        id: page
        orientation: 'vertical'
        padding: theme.PAD
        spacing: theme.GAP
        BoxLayout:
            size_hint_y: None
            height: theme.TOUCH
            spacing: theme.GAP
            Entry:
                id: search
                hint_text: t('app.list.search')
                multiline: False
                hint_text_color: theme.SOFT_INK
                on_text_validate: root.refresh()
                on_focus: root.search_left(self.focus)
            PrimaryButton:
                id: new
                text: t('app.list.new')
                size_hint_x: None
                width: theme.dp(220)
                on_release: root.desk_app.open_intake()
        BoxLayout:
            id: filters
            size_hint_y: None
            height: theme.dp(52)
            spacing: theme.GAP
        BoxLayout:
            RecycleView:
                id: list
                viewclass: 'CaseCard'
                bar_width: theme.dp(10)
                scroll_type: ['bars', 'content']
                RecycleBoxLayout:
                    orientation: 'vertical'
                    default_size: None, theme.dp(152)
                    default_size_hint: 1, None
                    size_hint_y: None
                    height: self.minimum_height
                    padding: [0, 0, theme.GAP, 0]
                    spacing: theme.dp(8)
        Text:
            id: foot
            color: theme.SOFT_INK
            font_size: theme.SMALL
""")


class CaseCard(TapCard):
    case = StringProperty("")
    title = StringProperty("")
    line = StringProperty("")
    number = StringProperty("")
    state_words = StringProperty("")     # `state` is the button's own property
    state_tone = StringProperty("info")
    deadline = StringProperty("")
    deadline_tone = StringProperty("plain")
    delivery = StringProperty("")
    delivery_tone = StringProperty("plain")
    where = StringProperty("")
    unread = BooleanProperty(False)
    desk_app = None

    def on_release(self) -> None:
        self.desk_app.open_case(self.case)


class CasesScreen(Screen):
    """Filters and the list; `refresh` reads the desk again and keeps the place in the list."""

    chosen = StringProperty("all")

    def __init__(self, desk_app: object, **kwargs: object) -> None:
        self.desk_app = desk_app
        super().__init__(**kwargs)
        self.drafts = DraftCards(desk_app)
        self.ids.page.add_widget(self.drafts, index=len(self.ids.page.children) - 1)
        for name in case_list.FILTERS:
            chip = ToggleChip(text=t(f"app.list.{name}"), value=name, chosen=name == self.chosen)
            chip.bind(on_release=self._choose)
            self.ids.filters.add_widget(chip)
        self._searched = ""

    def _choose(self, chip: ToggleChip) -> None:
        self.chosen = chip.value
        for other in self.ids.filters.children:
            other.chosen = other is chip
        self.ids.list.scroll_y = 1
        self.refresh()

    def search_left(self, focus: bool) -> None:
        if not focus and self.ids.search.text.strip() != self._searched:
            self.refresh()

    def refresh(self) -> None:
        self.drafts.refresh()
        self._searched = self.ids.search.text.strip()
        rows = self.desk_app.desk.list_cases(**case_list.query(self.chosen, self._searched))
        cards = [self._card(row) for row in rows]
        if cards != self.ids.list.data:
            self.ids.list.data = cards
        self.ids.foot.text = t("app.list.count", n=len(rows)) if rows else t("app.list.empty")
        self._count_alarms()

    def _count_alarms(self) -> None:
        """The chips of the alarms carry their number, so that nobody has to look for what is late."""
        numbers = case_list.alarm_counts(self.desk_app.desk.alarms())
        for chip in self.ids.filters.children:
            number = numbers.get(chip.value, 0)
            chip.text = t(f"app.list.{chip.value}") + (f" {number}" if number else "")

    def _card(self, row: object) -> dict[str, object]:
        model = case_list.card(row)
        shown = {name: getattr(model, name) for name in model.__slots__ if name != "state"}
        return shown | {"state_words": model.state, "desk_app": self.desk_app}
