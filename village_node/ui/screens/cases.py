"""The list of cases: found as one types, by pages, with a true total; deadlines and delivery as marks."""

from __future__ import annotations

from kivy.clock import Clock
from kivy.core.window import Window
from kivy.lang import Builder
from kivy.properties import BooleanProperty, NumericProperty, StringProperty
from kivy.uix.screenmanager import Screen

from shared.ledger.texts import t
from village_node.desk.lists import ListPage
from village_node.ui.kit import marks, theme  # noqa: F401 - the rules below name them
from village_node.ui.kit.basic import TapCard, ToggleChip
from village_node.ui.kit.resized import when_resized
from village_node.view_models import case_list

PAGE = 50                # rows of one question: two screens of cards
TYPING_S = 0.25          # a search begins when the fingers rest

Builder.load_string("""
#:import theme village_node.ui.kit.theme
#:import t shared.ledger.texts.t

<CaseCard>:
    spacing: theme.dp(4)
    padding: [theme.dp(14), theme.dp(10)]
    BoxLayout:
        id: first
        size_hint_y: None
        height: theme.dp(38)
        padding: [0 if root.unread else -theme.dp(8), 0, 0, 0]
        spacing: theme.dp(8)
        Words:
            text: '●' if root.unread else ''
            font_size: theme.SMALL
            color: theme.PRIMARY
            size_hint_x: None
            width: theme.dp(18) if root.unread else 0
        Words:
            text: root.title
            font_size: root.size_of_title(self.width, root.title) if root.narrow else theme.LARGE
            color: theme.INK
            text_size: self.size
            shorten: True
            shorten_from: 'right'
            halign: 'left'
            valign: 'middle'
        Mark:
            id: deadline
            words: root.deadline
            tone: root.deadline_tone
            icon: root.deadline_icon
            round: 1
            width: self.minimum_width if self.words else 0
            pos_hint: {'center_y': .5}
    BoxLayout:
        id: second
        size_hint_y: None
        height: theme.dp(36) if root.narrow else theme.dp(28)
        spacing: theme.dp(8)
        Words:
            text: root.line
            font_size: theme.TEXT
            color: theme.SOFT_INK
            text_size: self.size
            shorten: True
            shorten_from: 'right'
            halign: 'left'
            valign: 'middle'
    BoxLayout:
        id: third
        size_hint_y: None
        height: theme.dp(36)
        spacing: theme.dp(8)
        BoxLayout:
            spacing: theme.dp(8)
            Mark:
                words: root.state_words
                tone: root.state_tone
                pos_hint: {'center_y': .5}
            Mark:
                words: root.risk
                tone: root.risk_tone
                level: root.risk_level
                pos_hint: {'center_y': .5}
        DeliveryMark:
            id: delivery
            words: root.delivery
            tone: root.delivery_tone
            filled: root.filled
            hops: root.hops
            refused: root.refused
            pos_hint: {'center_y': .5}

<CasesScreen>:
    BoxLayout:
        id: page
        orientation: 'vertical'
        padding: [theme.PAD, theme.dp(12), theme.PAD, 0]
        spacing: theme.dp(8)
        BoxLayout:
            size_hint_y: None
            height: theme.TOUCH
            spacing: theme.GAP
            Entry:
                id: search
                hint_text: t('app.list.search_narrow' if root.width <= theme.PHONE else 'app.list.search')
                multiline: False
                on_text: root.typed()
                on_text_validate: root.search_now()
            IconButton:
                id: new
                text: t('app.list.new')
                icon: 'plus'
                primary: 1
                size_hint_x: None
                width: theme.dp(176) if root.width > theme.PHONE else 0
                opacity: 1 if root.width > theme.PHONE else 0
                disabled: root.width <= theme.PHONE
                on_release: root.desk_app.open_intake()
        ScrollView:
            id: filter_strip
            size_hint_y: None
            height: theme.dp(52)
            do_scroll_y: False
            bar_width: 0
            BoxLayout:
                id: filters
                size_hint_x: None
                width: self.minimum_width
                spacing: theme.dp(8)
        Words:
            id: foot
            size_hint_y: None
            height: theme.dp(26)
            text_size: self.size
            halign: 'left'
            valign: 'middle'
            color: theme.SOFT_INK
            font_size: theme.SMALL
        Empty:
            id: empty
        RecycleView:
            id: list
            viewclass: 'CaseCard'
            bar_width: theme.dp(10)
            scroll_type: ['bars', 'content']
            on_scroll_y: root.scrolled(self.scroll_y)
            RecycleBoxLayout:
                id: rows
                orientation: 'vertical'
                default_size: None, theme.dp(182) if root.width <= theme.PHONE else theme.dp(138)
                default_size_hint: 1, None
                size_hint_y: None
                height: self.minimum_height
                padding: [0, 0, theme.GAP, theme.dp(8)]
                spacing: theme.dp(10)
""")

Answer = tuple[list[dict[str, object]], ListPage, dict[str, int], str]
More = tuple[tuple[str, str, int], list[dict[str, object]], int]       # (list, search, rows before it), the cards, the total


class CaseCard(TapCard):
    case = StringProperty("")
    title = StringProperty("")
    line = StringProperty("")
    number = StringProperty("")
    state_words = StringProperty("")     # `state` is the button's own property
    state_tone = StringProperty("info")
    risk = StringProperty("")
    risk_tone = StringProperty("plain")
    risk_level = NumericProperty(0)
    deadline = StringProperty("")
    deadline_tone = StringProperty("plain")
    deadline_icon = StringProperty("")
    delivery = StringProperty("")
    delivery_tone = StringProperty("plain")
    filled = NumericProperty(0)
    hops = NumericProperty(0)
    refused = NumericProperty(0)
    unread = BooleanProperty(False)
    narrow = BooleanProperty(False)
    desk_app = None

    @staticmethod
    def size_of_title(room: float, title: str) -> float:
        """On a telephone: as large as it fits, down to a size that can be read."""
        return max(theme.dp(18), theme.fitting(room, len(title) + .3, theme.LARGE))

    def on_narrow(self, *_args: object) -> None:
        """On a telephone the deadline stands a line lower and the delivery below all: the same marks, for each costs the card."""
        ids = self.ids
        for named, wide, narrow in ((ids.deadline, ids.first, ids.second), (ids.delivery, ids.third, self)):
            mark = named.__self__               # held by its parent alone
            mark.parent.remove_widget(mark)
            (narrow if self.narrow else wide).add_widget(mark)

    def on_release(self) -> None:
        self.desk_app.open_case(self.case)


class CasesScreen(Screen):
    """`refresh` asks again for as many rows as are shown and keeps the place in the list."""

    chosen = StringProperty("mine")

    def __init__(self, desk_app: object, **kwargs: object) -> None:
        self.desk_app = desk_app
        self.total = 0
        self._rows = 0
        self._searched = ""
        self._follow = True             # the chosen list is new: its name is brought into sight
        super().__init__(**kwargs)
        self._search_soon = Clock.create_trigger(lambda *_: self.search_now(), TYPING_S)
        self._chips = {}
        for name in case_list.FILTERS:
            chip = ToggleChip(words=self._words(name), value=name, chosen=name == self.chosen,
                              on_release=lambda chip: self.choose(chip.value))
            self._chips[name] = chip
            self.ids.filters.add_widget(chip)
        self._chip_soon = Clock.create_trigger(lambda _dt: self._show_chip())
        self.ids.filter_strip.bind(width=lambda *_: self._chip_soon())      # turned: its place hangs on the new width
        when_resized(self, self._turned)

    @staticmethod
    def _words(name: str) -> str:
        return t(f"app.list.{'new_here' if name == 'new' else name}")

    def choose(self, name: str) -> None:
        """Another list, from its top."""
        self.chosen = name
        for other, chip in self._chips.items():
            chip.chosen = other == name
        self._follow = True
        self._from_the_top()

    def _turned(self) -> None:
        self._follow = True
        self.refresh()

    def _show_chip(self) -> None:
        """On a telephone the chips are wider than the screen: the chosen one comes to its middle, when its number is in it."""
        chip, strip, row = self._chips[self.chosen], self.ids.filter_strip, self.ids.filters
        rest = row.width - strip.width
        strip.scroll_x = min(1.0, max(0.0, (chip.center_x - row.x - strip.width / 2) / rest)) if rest > 0 else 0.0

    def typed(self) -> None:
        self._search_soon()

    def search_now(self) -> None:
        self._search_soon.cancel()
        if self.ids.search.text.strip() != self._searched:
            self._from_the_top()

    def _from_the_top(self) -> None:
        self._rows = 0
        self.ids.list.scroll_y = 1
        self.refresh()

    def scrolled(self, place: float) -> None:
        """Near the end of what is here the next page is asked for."""
        app = self.desk_app
        if place < 0.15 and self._rows < self.total and app.staff is not None:
            asked, narrow = (self.chosen, self._searched, self._rows), Window.width <= theme.PHONE
            app.ask("more of the list", lambda: self._read_more(asked, narrow), self._grow)

    def refresh(self) -> None:
        app, name, text = self.desk_app, self.chosen, self.ids.search.text.strip()
        if app.staff is None:
            return
        self._searched = text
        wanted = max(self._rows, PAGE)
        narrow = Window.width <= theme.PHONE
        app.ask("list", lambda: self._read(name, text, wanted, narrow), self._draw)

    def _read(self, name: str, text: str, wanted: int, narrow: bool) -> Answer:
        """In the asking thread: the cards of the rows and the numbers on the chips."""
        app = self.desk_app
        page, office, today = app.desk.lists.page(name, text, limit=wanted), app.desk.node.config.office, app.today()
        cards = [self._card(case_list.card(row, today, office), narrow) for row in page.rows]
        return cards, page, app.desk.lists.numbers(), text

    def _read_more(self, asked: tuple[str, str, int], narrow: bool) -> More:
        """The next page alone: what is here already is not read again, so the thousandth costs what the second does."""
        app, (name, text, start) = self.desk_app, asked
        page, office, today = app.desk.lists.page(name, text, limit=PAGE, offset=start), app.desk.node.config.office, app.today()
        return asked, [self._card(case_list.card(row, today, office), narrow) for row in page.rows], page.total

    def _card(self, model: case_list.CardModel, narrow: bool) -> dict[str, object]:
        shown = {name: getattr(model, name) for name in model.__slots__ if name != "state"}
        return shown | {"state_words": model.state, "desk_app": self.desk_app, "narrow": narrow}

    def _draw(self, answer: Answer) -> None:
        cards, page, numbers, text = answer
        self._put(cards, page.total, text)
        for name, chip in self._chips.items():
            chip.words = t("app.list.chip", name=self._words(name), n=numbers[name])
        if self._follow:
            self._follow = False
            self._chip_soon()

    def _grow(self, answer: More) -> None:
        """More of the list that is still shown as it was when it was asked for."""
        asked, cards, total = answer
        if asked == (self.chosen, self._searched, self._rows):
            place, height = self.ids.list.scroll_y, self.ids.rows.height
            self.ids.list.data.extend(cards)        # Kivy is told that these are new: what is there is not laid out again
            self._stay(place, height)
            self._count(total, asked[1])

    def _put(self, cards: list[dict[str, object]], total: int, text: str) -> None:
        if cards != self.ids.list.data:
            place, height = self.ids.list.scroll_y, self.ids.rows.height
            grown = len(cards) > len(self.ids.list.data) > 0
            self.ids.list.data = cards
            if grown:
                self._stay(place, height)
        self._count(total, text)

    def _stay(self, place: float, height: float) -> None:
        """The cards that were on the screen stay there."""
        if height > self.ids.list.height:
            self._keep_place(place, height)

    def _count(self, total: int, text: str) -> None:
        self.total, self._rows = total, len(self.ids.list.data)
        words = case_list.count_words(self._rows, total, text, self.chosen)
        self.ids.foot.text, self.ids.empty.words = (words, "") if total else ("", words)

    def _keep_place(self, place: float, height: float) -> None:
        view = self.ids.list

        def keep(_dt: float) -> None:
            above = (1 - place) * (height - view.height)
            rest = self.ids.rows.height - view.height
            view.scroll_y = 1 - above / rest if rest > 0 else 1

        Clock.schedule_once(keep, 0)
