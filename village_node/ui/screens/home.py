"""Home: what waits today, each number opening its list; unfinished forms; one large button; everything else as icons."""

from __future__ import annotations

from kivy.core.window import Window
from kivy.uix.gridlayout import GridLayout
from kivy.uix.screenmanager import Screen

from shared.ledger.texts import t
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Card, Column, QuietButton, Row, Text
from village_node.ui.kit.dialogs import scroller
from village_node.ui.kit.icons import Icon
from village_node.ui.kit.marks import IconButton, IconTile, NumberTile
from village_node.ui.kit.resized import when_resized
from village_node.ui.screens.draft_cards import DraftCards
from village_node.view_models import home
from village_node.view_models.home import HomeModel


class HomeScreen(Screen):
    """`grid`: what somebody of the grid sees besides; empty for everybody else."""

    def __init__(self, desk_app: object, grid: Column, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.desk_app, self.grid = desk_app, grid
        self._asked_for = ""
        self._laid_for: tuple[str, ...] | None = None       # roles by which the tiles are there; nobody has sat down yet
        self.greeting = Text(font_size=theme.GREETING)
        self.line = Text(color=theme.SOFT_INK)
        self.tiles = {name: NumberTile(text=t(f"app.home.{name}"), icon=icon, tone=tone,
                                       on_release=lambda *_, name=name: desk_app.open_list(name))
                      for name, icon, tone in home.TILES}
        self.refused = Text()
        self.strip = self._strip()
        self.drafts = DraftCards(desk_app)
        when_resized(self, self._lay_again)

    def _strip(self) -> Card:
        card = Card(ground=theme.TONES["bad"][0], edge=theme.TONES["bad"][0])
        row = Row()
        row.add_widget(Icon(icon="alert", color=theme.FIELD_ERROR, pos_hint={"center_y": .5}))
        self.refused.color = theme.FIELD_ERROR
        self.refused.pos_hint = {"center_y": .5}
        row.add_widget(self.refused)
        row.add_widget(QuietButton(text=t("app.home.look"), size_hint_x=None, width=theme.dp(112),
                                   on_release=lambda *_: self.desk_app.open_list("refused")))
        card.add_widget(row)
        return card

    def _lay_again(self) -> None:
        if self._laid_for is not None:
            self._lay_out()

    def _lay_out(self) -> None:
        """One column, or two from `theme.WIDE` on; the parts are the same widgets."""
        for part in (self.greeting, self.line, self.grid, *self.tiles.values(), self.strip, self.drafts):
            if part.parent is not None:
                part.parent.remove_widget(part)
        self.clear_widgets()
        tiles = GridLayout(cols=2 if Window.width < theme.PHONE else 4, spacing=theme.GAP, size_hint_y=None)
        tiles.bind(minimum_height=tiles.setter("height"))
        for tile in self.tiles.values():
            tiles.add_widget(tile)
        self._said = Column()
        # who carries cases looks at the numbers first, who only walks the grid at the households
        first, second = (tiles, self.grid) if self.desk_app.sees("tasks") else (self.grid, tiles)
        for part in (self.greeting, self.line, first, second, self.drafts):
            self._said.add_widget(part)
        wide = Window.width >= theme.WIDE
        page = Row(spacing=theme.PAD * 1.5) if wide else Column(spacing=theme.PAD)
        page.padding = theme.PAD
        for part in (self._said, self._what()):
            part.pos_hint = {"top": 1}
            page.add_widget(part)
        self.add_widget(scroller(page))
        self._show_strip()

    def _what(self) -> Column:
        """Registering is the main act of who carries cases; who only walks the grid has a visit for one, above."""
        made = Column(spacing=theme.PAD)
        if self.desk_app.sees("register"):
            made.add_widget(IconButton(
                text=t("app.list.new"), icon="plus", primary=int(self.desk_app.sees("tasks")), height=theme.dp(76),
                font_size=theme.sp(24), on_release=lambda *_: self.desk_app.open_intake()))
        grid = GridLayout(cols=3, spacing=theme.GAP, size_hint_y=None)
        grid.bind(minimum_height=grid.setter("height"))
        for name, icon, tone in (tile for tile in home.GRID if self.desk_app.sees(tile[0])):
            grid.add_widget(IconTile(text=t(f"app.home.{name}"), icon=icon, tone=tone,
                                     on_release=lambda *_, name=name: self.desk_app.open_records(name)))
        made.add_widget(grid)
        return made

    def _show_strip(self) -> None:
        """Only while something was refused."""
        wanted = bool(self.refused.text)
        if wanted and self.strip.parent is None:
            self._said.add_widget(self.strip, index=1)
        elif not wanted and self.strip.parent is not None:
            self._said.remove_widget(self.strip)

    def refresh(self) -> None:
        app, person = self.desk_app, self.desk_app.staff
        if person is None:
            return
        if person.roles != self._laid_for:
            self._laid_for = person.roles
            self._lay_out()
        app.ask("home", lambda: home.home(person.name, app.desk.lists.numbers(), app.today(), app.services.now_ms()), self._draw)
        self.drafts.refresh()
        self.grid.refresh()

    def _draw(self, model: HomeModel) -> None:
        self.greeting.text, self.line.text = model.greeting, model.line
        for name, tile in self.tiles.items():
            tile.number = model.numbers[name]
        self.refused.text = model.refused
        self._show_strip()
