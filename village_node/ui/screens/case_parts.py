"""The parts of a case's page, each made from its model: header, next step, people, agreement, six haves, timeline."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from kivy.core.window import Window
from kivy.graphics import Color, Ellipse, Line, Rectangle, RoundedRectangle
from kivy.uix.anchorlayout import AnchorLayout
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.stacklayout import StackLayout
from kivy.uix.widget import Widget

from shared.ledger.texts import t
from village_node.desk.views import ActionView, FileView
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Card, Column, PrimaryButton, QuietButton, Row, TapCard, Text
from village_node.ui.kit.dialogs import in_columns
from village_node.ui.kit.icons import Icon
from village_node.ui.kit.marks import DeliveryMark, IconButton, Mark
from village_node.ui.kit.photos import SIDE
from village_node.ui.kit.pictures import PictureView
from village_node.ui.papers.rows import PaperModel
from village_node.view_models.case_page import CasePageModel, EntryModel, GroupModel, ItemModel, MarkModel, PartyModel
from village_node.view_models.next_step import NextStep

DUE_ICONS = {"plain": "clock-outline", "warn": "clock-alert-outline", "bad": "alert"}      # a shape of its own for each tone


def column(widgets: Sequence[Widget]) -> Column:
    made = Column(padding=theme.PAD)
    for widget in widgets:
        made.add_widget(widget)
    return made


def mark(model: MarkModel, *, round_ends: bool = False) -> Mark:
    return Mark(words=model.words, tone=model.tone, icon=model.icon, level=model.level, round=int(round_ends),
                pos_hint={"center_y": .5})


def marks(models: Sequence[MarkModel]) -> StackLayout:
    stack = StackLayout(spacing=theme.dp(8), size_hint_y=None)
    stack.bind(minimum_height=stack.setter("height"))
    for model in models:
        if model.words:
            stack.add_widget(mark(model))
    return stack


def clocks(models: Sequence[MarkModel]) -> Widget:
    """What runs, each as name and deadline: beside each other in one mark; on a telephone the name has a line that can wrap."""
    if Window.width >= theme.PHONE:
        return marks(models)
    made = Column()
    for model in models:
        row, (name, _, left) = Row(), model.words.partition("　")
        row.add_widget(Text(text=name, color=theme.SOFT_INK, pos_hint={"center_y": .5}))
        row.add_widget(Mark(words=left, tone=model.tone, icon=model.icon, round=1, pos_hint={"center_y": .5}))
        made.add_widget(row)
    return made


def header(model: CasePageModel) -> Widget:
    """Who, the nearest deadline, in which stage, how grave, which number, who has it."""
    box = Card(edge=theme.PAPER, padding=[theme.PAD, theme.dp(10)])
    top = Row()
    top.add_widget(Text(text=model.title, font_size=theme.TITLE, least_height=theme.dp(38), pos_hint={"center_y": .5}))
    if model.deadline.words:
        top.add_widget(mark(model.deadline, round_ends=True))
    box.add_widget(top)
    box.add_widget(marks(model.marks))
    for line in model.lines:
        box.add_widget(Text(text=line, color=theme.SOFT_INK, font_size=theme.SMALL))
    return box


def banner(words: str) -> Card:
    card = Card(ground=theme.TONES["warn"][0], edge=theme.TONES["warn"][0])
    row = Row()
    row.add_widget(Icon(icon="information-outline", color=theme.TONES["warn"][1], pos_hint={"center_y": .5}))
    row.add_widget(Text(text=words, color=theme.TONES["warn"][1], pos_hint={"center_y": .5}))
    card.add_widget(row)
    return card


def next_card(step: NextStep, on_act: Callable[[str], None]) -> Card:
    """What, by when, why, one button. Where somebody else must act it says who, and has none."""
    card = Card(ground=theme.PRIMARY_PALE, edge=theme.PRIMARY, spacing=theme.dp(10))
    card.add_widget(Text(text=step.title, font_size=theme.LARGE, color=theme.TONES["info"][1]))
    if step.due:
        card.add_widget(marks([MarkModel(step.due, step.due_tone, DUE_ICONS[step.due_tone])]))
    if step.why:
        card.add_widget(Text(text=step.why))
    if step.verb:
        card.add_widget(PrimaryButton(text=step.button, on_release=lambda *_: on_act(step.verb)))
    if step.second:
        more = [QuietButton(text=a.label, on_release=lambda *_, a=a: on_act(a.verb)) for a in step.second]
        card.add_widget(in_columns(more, 2))
    return card


def party_card(model: PartyModel, on_call: Callable[[str, str], None]) -> Card:
    card, row = Card(padding=theme.dp(12)), Row()
    words = Column(spacing=theme.dp(2))
    words.add_widget(Text(text=model.role, color=theme.SOFT_INK, font_size=theme.SMALL))
    words.add_widget(Text(text=model.name, font_size=theme.LARGE))
    if model.line:
        words.add_widget(Text(text=model.line, color=theme.SOFT_INK, font_size=theme.SMALL))
    words.pos_hint = {"center_y": .5}
    row.add_widget(words)
    row.add_widget(CallButton(model.name, model.phone, on_call))
    card.add_widget(row)
    return card


class CallButton(ButtonBehavior, BoxLayout):
    """拨打, or 没留电话 in grey."""

    def __init__(self, name: str, phone: str, on_call: Callable[[str, str], None]) -> None:
        size = max(theme.dp(84), theme.SMALL * 4.6), theme.dp(52) + theme.SMALL * 1.5
        super().__init__(orientation="vertical", size_hint=(None, None), size=size,
                         pos_hint={"center_y": .5}, padding=[0, theme.dp(8)], disabled=not phone)
        ground, ink = theme.TONES["good" if phone else "plain"]
        with self.canvas.before:
            Color(*ground)
            self._ground = RoundedRectangle(radius=[theme.RADIUS])
        self.bind(pos=self._place, size=self._place)
        holder = AnchorLayout()
        holder.add_widget(Icon(icon="phone", color=ink, font_size=theme.GREETING))
        self.add_widget(holder)
        words = t("app.case.call") if phone else t("app.case.no_phone")
        self.add_widget(Text(text=words, halign="center", color=ink, disabled_color=ink, font_size=theme.SMALL))
        self.bind(on_release=lambda *_: on_call(name, phone))

    def _place(self, *_args: object) -> None:
        self._ground.pos, self._ground.size = self.pos, self.size


def facts(model: CasePageModel) -> Iterator[Widget]:
    """The agreement, the six haves, what it is about, the clocks that run."""
    if model.items:
        yield agreement_card(model)
    about = Card()
    about.add_widget(Text(text=t("app.case.what"), color=theme.SOFT_INK, font_size=theme.SMALL))
    about.add_widget(Text(text=model.description))
    if len(model.clocks) > 1:
        about.add_widget(clocks(model.clocks))
    yield about
    if model.haves:
        yield haves_card(model)


def agreement_card(model: CasePageModel) -> Card:
    card, head = Card(), Row()
    head.add_widget(Icon(icon="handshake-outline", color=theme.PRIMARY, pos_hint={"center_y": .5}))
    head.add_widget(Text(text=model.agreement_title, font_size=theme.LARGE, pos_hint={"center_y": .5}))
    head.add_widget(Text(text=model.agreement_day, color=theme.SOFT_INK, font_size=theme.SMALL, halign="right",
                         pos_hint={"center_y": .5}))
    card.add_widget(head)
    for item in model.items:
        card.add_widget(_item(item))
    return card


def _item(item: ItemModel) -> Column:
    """In one line where there is room: what, how much, by when, whether it was done."""
    made = Column(spacing=theme.dp(2))
    if Window.width >= theme.PHONE:
        row = Row(spacing=theme.dp(8))
        for words, share, place in ((item.what, .44, "left"), (item.amount, .22, "right"), (item.due, .34, "right")):
            row.add_widget(Text(text=words, size_hint_x=share, halign=place, pos_hint={"center_y": .5}))
        row.add_widget(Mark(words=item.state, icon=item.icon, tone=item.tone, pos_hint={"center_y": .5}))
        made.add_widget(row)
        return made
    made.add_widget(Text(text=item.what))
    row = Row()
    row.add_widget(Text(text=f"{item.amount}　{item.due}", color=theme.SOFT_INK, font_size=theme.SMALL,
                        pos_hint={"center_y": .5}))
    row.add_widget(Mark(words=item.state, icon=item.icon, tone=item.tone))
    made.add_widget(row)
    return made


def haves_card(model: CasePageModel) -> Card:
    card, row = Card(), Row(spacing=theme.dp(6))
    row.add_widget(Text(text=t("app.case.haves_title"), size_hint_x=None, width=theme.dp(56), pos_hint={"center_y": .5}))
    for _name, has in model.haves:
        row.add_widget(_Box(has))
    row.add_widget(Widget(size_hint_y=None, height=theme.dp(20)))
    card.add_widget(row)
    card.add_widget(Text(text=model.haves_line, color=theme.SOFT_INK, font_size=theme.SMALL))
    return card


class _Box(Widget):
    """One of the six: filled, or an outline."""

    def __init__(self, filled: bool) -> None:
        super().__init__(size_hint=(None, None), size=(theme.dp(34), theme.dp(16)), pos_hint={"center_y": .5})
        self._filled = filled
        self.bind(pos=self._draw, size=self._draw)

    def _draw(self, *_args: object) -> None:
        self.canvas.clear()
        with self.canvas:
            Color(*(theme.TONES["good"][1] if self._filled else theme.FIELD_LINE))
            if self._filled:
                Rectangle(pos=self.pos, size=self.size)
            else:
                Line(rectangle=(*self.pos, *self.size), width=1.2)


def paper_row(paper: PaperModel, on_open: Callable[[], None]) -> TapCard:
    card, row = TapCard(padding=theme.dp(12), on_release=lambda *_: on_open()), Row()
    row.add_widget(Icon(icon="file-document-outline", color=theme.PRIMARY, pos_hint={"center_y": .5}))
    words = Column(spacing=theme.dp(2), pos_hint={"center_y": .5})
    words.add_widget(Text(text=paper.name))
    if paper.remark:
        words.add_widget(Text(text=paper.remark, color=theme.SOFT_INK, font_size=theme.SMALL))
    row.add_widget(words)
    row.add_widget(Mark(words=paper.words, tone=paper.tone, pos_hint={"center_y": .5}))
    row.add_widget(Icon(icon="chevron-right", color=theme.SOFT_INK, pos_hint={"center_y": .5}))
    card.add_widget(row)
    return card


def why_not(group: GroupModel) -> Row:
    """A whole group that is closed now, with the first reason."""
    row = Row()
    row.add_widget(Icon(icon="information-outline", color=theme.SOFT_INK, pos_hint={"center_y": .5}))
    row.add_widget(Text(text=t("app.case.why_not", group=group.name, reason=group.forbidden[0].reason), color=theme.SOFT_INK,
                        font_size=theme.SMALL, pos_hint={"center_y": .5}))
    return row


def group_button(group: GroupModel, on_open: Callable[[], None]) -> IconButton:
    grey = theme.TONES["plain"]
    return IconButton(text=group.name, icon=group.icon, on_release=lambda *_: on_open(),
                      edge=theme.PRIMARY if group.offered else theme.LINE,
                      ink=theme.PRIMARY_DOWN if group.offered else grey[1],
                      grounds=[theme.PAPER, theme.PRIMARY_PALE] if group.offered else [grey[0], theme.LINE])


def forbidden(action: ActionView) -> Card:
    card = Card(ground=theme.TONES["plain"][0], edge=theme.TONES["plain"][0], spacing=theme.dp(2))
    card.add_widget(Text(text=action.label, color=theme.TONES["plain"][1]))
    card.add_widget(Text(text=action.reason, color=theme.SOFT_INK, font_size=theme.SMALL))
    return card


# ---- what happened


def timeline(model: CasePageModel, on_picture: Callable[[FileView], None]) -> Iterator[Widget]:
    """What the marks mean, then the newest first."""
    last = len(model.entries) - 1
    yield legend(model.way)
    yield from (entry_row(entry, on_picture, last=n == last) for n, entry in enumerate(model.entries))


def legend(way: str) -> Widget:
    """The shapes of delivery with their words, and the offices on the way."""
    good, soft, bad = theme.TONES["good"][1], theme.SOFT_INK, theme.TONES["bad"][1]
    stack = StackLayout(spacing=theme.dp(12), padding=theme.dp(8), size_hint_y=None)
    stack.bind(minimum_height=stack.setter("height"))
    for word, icon, colour in (("legend_here", "circle", good), ("legend_not", "circle-outline", soft),
                               ("legend_refused", "alert", bad), ("legend_seen", "eye-outline", good), (way, "", soft)):
        stack.add_widget(Mark(words=t(f"app.case.{word}"), icon=icon, tone="plain", ink=colour))
    return stack


def entry_row(entry: EntryModel, on_picture: Callable[[FileView], None], *, last: bool) -> Row:
    row = Row(spacing=theme.dp(10))
    row.add_widget(_Node(entry.icon, theme.TONES[entry.tone][1], last))
    card = Card()
    top = Row()
    title = f"[s]{entry.title}[/s]" if entry.struck else entry.title
    top.add_widget(Text(text=title, markup=bool(entry.struck), font_size=theme.LARGE, pos_hint={"center_y": .5}))
    if entry.mark.words:
        top.add_widget(DeliveryMark(words=entry.mark.words, tone=entry.mark.tone, filled=entry.mark.filled, hops=entry.mark.hops,
                                    refused=int(entry.mark.refused), pos_hint={"center_y": .5}))
    card.add_widget(top)
    for words, colour in ((entry.text, theme.INK), (entry.struck, theme.FIELD_ERROR), (entry.no_effect, theme.TONES["warn"][1])):
        if words:
            card.add_widget(Text(text=words, color=colour))
    if entry.files:
        card.add_widget(in_columns([picture_box(f, on_picture) for f in entry.files], 3))
    card.add_widget(Text(text=entry.who, color=theme.SOFT_INK, font_size=theme.SMALL))
    row.add_widget(card)
    return row


class _Node(Widget):
    """The circle of an entry on the line of time."""

    def __init__(self, icon: str, colour: list[float], last: bool) -> None:
        super().__init__(size_hint_x=None, width=theme.dp(48))
        self._colour, self._last = colour, last
        self._icon = Icon(icon=icon, color=colour)
        self.add_widget(self._icon)
        self.bind(pos=self._draw, size=self._draw)

    def _draw(self, *_args: object) -> None:
        self.canvas.before.clear()
        # from what is stored: the aliases `top` and `center_x` may still be those before this change
        side, x = theme.dp(46), self.x + self.width / 2
        y = self.y + self.height - side - theme.dp(5)
        self._icon.center = (x, y + side / 2)
        with self.canvas.before:
            Color(*theme.LINE)
            if not self._last:
                Rectangle(pos=(x - theme.dp(2), self.y - theme.GAP), size=(theme.dp(4), self.height))
            Color(*theme.PAPER)
            Ellipse(pos=(x - side / 2, y), size=(side, side))
            Color(*self._colour)
            Line(ellipse=(x - side / 2, y, side, side, 0, 360, theme.ROUND), width=1.6)


def picture_box(file: FileView, on_open: Callable[[FileView], None], caption: str = "") -> Column:
    """`caption`: whose signature it is, of which day."""
    box = Column(spacing=theme.dp(2))
    picture = picture_of(file.thumb)
    if picture is not None:
        box.add_widget(picture)
    box.add_widget(QuietButton(text=file.purpose_label or file.name, font_size=theme.SMALL, height=theme.dp(48),
                               on_release=lambda *_: on_open(file)))
    if not file.complete:
        box.add_widget(Text(text=t("fetching.small"), font_size=theme.SMALL, color=theme.TONES["warn"][1], halign="center"))
    if caption:
        box.add_widget(Text(text=caption, font_size=theme.SMALL, color=theme.SOFT_INK, halign="center"))
    return box


def picture_of(data: bytes | None, height: float = 0, side: int = SIDE) -> PictureView | None:
    """A view of PNG, JPEG or WebP bytes, decoded in the worker; None when there are none. What is no picture, or says that it is
    larger than this device should decode, stays empty: a peer's file must not take the page with it."""
    if not data:
        return None
    view = PictureView(size_hint_y=None, height=height or theme.dp(120))
    view.show(data, side)
    return view
