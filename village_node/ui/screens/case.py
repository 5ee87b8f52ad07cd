"""One case: header, one next step, people, agreement, acts by group; beside or behind tabs what happened and the photographs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kivy.core.window import Window
from kivy.properties import BooleanProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.screenmanager import Screen
from kivy.uix.widget import Widget

from shared.ledger.texts import t
from village_node.desk.views import ActionView, CaseView, FileView
from village_node.ui.calling import call
from village_node.ui.intake.receipt import open_receipt
from village_node.ui.kit import theme
from village_node.ui.kit.basic import QuietButton, Text
from village_node.ui.kit.dialogs import in_columns, rows_of, scroller
from village_node.ui.kit.emptying import empty
from village_node.ui.kit.resized import when_resized
from village_node.ui.kit.sheet import Sheet
from village_node.ui.kit.tabs import Tabs
from village_node.ui.papers.pages import open_paper
from village_node.ui.papers.rows import SLIP, PaperModel, papers_of
from village_node.ui.screens import case_parts as parts
from village_node.ui.screens.action_dialog import open_action
from village_node.ui.screens.picture_sheet import PictureSheet
from village_node.view_models.case_page import CasePageModel, GroupModel, case_page

OVERVIEW, TIMELINE, FILES, PAPERS = "overview", "timeline", "files", "papers"
SLICE = 24              # widgets of a frame, with all that are in them: about 15 ms
Answer = tuple[CaseView, CasePageModel, tuple[PaperModel, ...]]
Parts = Iterator[Widget | None]         # None: what came so far is drawn before anything more is made
Rest = tuple[Widget, Parts]             # a column, and what follows in it


class CaseScreen(Screen):
    """`show` draws a case from its top; `refresh` draws it again after something changed, in its place.

    What is seen first is made first, header and next step in one frame; the rest follows a slice a frame (`Asker.draw`). A page
    that stands already is made anew aside and then put in its place, so that nothing jumps under a finger."""

    case = StringProperty("")
    narrow = BooleanProperty(False)         # one column, however wide the window is

    def __init__(self, desk_app: object, **kwargs: object) -> None:
        self.desk_app = desk_app
        self._shown: tuple[CaseView, float] | None = None
        self._tab = OVERVIEW
        self._papers: tuple[PaperModel, ...] = ()
        self._scrolls: dict[str, Widget] = {}         # of the page that was made last
        self._standing = self._scrolls                # of the one that stands
        self._rest: list[Rest] | None = None         # columns to be filled of the page that is being made
        super().__init__(**kwargs)
        when_resized(self, self.refresh)

    def show(self, case: str) -> None:
        self.case, self._shown, self._tab = case, None, OVERVIEW
        self._scrolls = self._standing = {}
        empty(self)
        self.refresh()

    def refresh(self) -> None:
        app, case, person = self.desk_app, self.case, self.desk_app.staff
        if not case or person is None:
            return
        app.ask(self.name, lambda: self._read(case, person.id), self._draw)

    def _read(self, case: str, staff: str) -> Answer:
        desk = self.desk_app.desk
        view = desk.case(case, staff_id=staff)
        return view, case_page(view, self.desk_app.today(), desk.node.config.office, desk.staff_name), papers_of(desk.node, case)

    def _draw(self, answer: Answer) -> Iterator[None] | None:
        view, model, papers = answer
        if view.id != self.case or self._shown == (view, Window.width):
            return None                         # buttons that are rebuilt under a finger lose its tap
        self._papers = papers
        return self._slices(view, model)

    def _slices(self, view: CaseView, model: CasePageModel) -> Iterator[None]:
        anew, places = self._shown is None, {name: scroll.scroll_y for name, scroll in self._standing.items()}
        self._shown, self._scrolls, self._rest = (view, Window.width), {}, []
        try:
            page, scrolls, rest = self._page(view, model), self._scrolls, self._rest
            self._rest = None
            if anew:
                empty(self)
                self.add_widget(page)
                self._standing = scrolls
            else:
                page.size_hint, page.size = (None, None), self.size         # laid out aside as it will stand
            yield from _filled(rest)
        except Exception:
            self._shown = None                  # made anew the next time
            raise
        if not anew:
            empty(self)
            page.size_hint = (1, 1)
            self.add_widget(page)
            self._standing = scrolls
        for name, place in places.items():
            if name in scrolls:
                scrolls[name].scroll_y = place

    def _page(self, view: CaseView, model: CasePageModel) -> BoxLayout:
        """Header and tabs; the columns that are still empty are in `_rest`, that with the next step first."""
        page = BoxLayout(orientation="vertical")
        if Window.width >= theme.WIDE and not self.narrow:
            left = self._column(OVERVIEW, self._overview(view, model), parts.header(model))
            right = self._tabs(view, model, (TIMELINE, FILES, PAPERS))
            both = BoxLayout(spacing=0)
            left.size_hint_x, right.size_hint_x = .47, .53
            both.add_widget(left)
            both.add_widget(right)
            page.add_widget(both)
        else:
            page.add_widget(parts.header(model))
            page.add_widget(self._tabs(view, model, (OVERVIEW, TIMELINE, FILES, PAPERS)))
        return page

    def _tabs(self, view: CaseView, model: CasePageModel, names: tuple[str, ...]) -> Tabs:
        words = {OVERVIEW: t("app.case.tab_overview"), TIMELINE: t("app.case.tab_timeline", n=len(model.entries)),
                 FILES: t("app.case.tab_files", n=len(model.files)),
                 PAPERS: t("app.case.tab_papers", n=sum(paper.there for paper in self._papers))}
        build: dict[str, Callable[[], Parts]] = {
            OVERVIEW: lambda: self._overview(view, model), TIMELINE: lambda: parts.timeline(model, self._open_picture),
            FILES: lambda: self._pictures(model), PAPERS: lambda: self._papers_tab(view),
        }
        chosen = self._tab if self._tab in names else names[0]

        def content(name: str) -> Widget:
            self._tab = name
            return self._column(name, build[name]())

        return Tabs([(name, words[name]) for name in names], chosen, content)

    def _column(self, name: str, rest: Parts, *first: Widget) -> Widget:
        """A column that scrolls, with its first widgets; the others follow, with the page or, of a tab that was tapped, now."""
        column = parts.column(first)
        view = scroller(column)
        self._scrolls[name] = view
        if self._rest is not None:
            self._rest.append((column, rest))
        else:
            self.desk_app.asking.draw(f"{self.name} tab", _filled([(column, rest)]))
        return view

    def _overview(self, view: CaseView, model: CasePageModel) -> Parts:
        yield from (parts.banner(words) for words in model.banners)
        yield parts.next_card(model.next, lambda verb: self._act(view, verb))
        yield None
        if model.parties:
            columns = 1 if Window.width < theme.PHONE else 2
            yield from rows_of((parts.party_card(p, self._call) for p in model.parties), columns)
        yield from parts.facts(model)
        beside = (QuietButton(text=t(words), on_release=lambda *_, name=name: self.desk_app.open_page(name, view.id))
                  for name, words in (("papers", "papers.title"), ("tools", "around.tools")))
        yield from rows_of(beside, 2)
        yield from rows_of((parts.group_button(g, lambda g=g: self._open_group(view, g)) for g in model.groups),
                           2 if Window.width < theme.WIDE else 3)
        yield from (parts.why_not(group) for group in model.groups if not group.offered)

    # ---- papers

    def _papers_tab(self, view: CaseView) -> Iterator[Widget]:
        """Every paper of the file, those that are there first; the bound file and what a court gets are behind 文书和打印."""
        return (parts.paper_row(paper, lambda paper=paper: self._open_paper(view, paper.code)) for paper in self._papers)

    def _open_paper(self, view: CaseView, code: str) -> None:
        """The slip as it stands on the glass; every other paper as it is printed."""
        with self.desk_app.trouble_shown():
            if code == SLIP:
                open_receipt(self.desk_app, view.id, again=True)
            else:
                open_paper(self.desk_app, view.id, code)

    # ---- acts

    def _act(self, view: CaseView, verb: str) -> None:
        action = next((a for a in view.actions if a.verb == verb and a.enabled), None)
        if action is not None:
            open_action(self.desk_app, view, action)

    def _open_group(self, view: CaseView, group: GroupModel) -> None:
        GroupSheet(group, lambda action: open_action(self.desk_app, view, action)).open()

    def _call(self, name: str, phone: str) -> None:
        call(self.desk_app, name, phone)

    # ---- pictures

    def _pictures(self, model: CasePageModel) -> Iterator[Widget]:
        if not model.files:
            yield Text(text=t("app.case.no_files"), color=theme.SOFT_INK)
        yield from rows_of((parts.picture_box(f, self._open_picture, model.captions.get(f.sha256, "")) for f in model.files),
                           2 if Window.width < theme.PHONE else 3)

    def _open_picture(self, file: FileView) -> None:
        with self.desk_app.trouble_shown():
            PictureSheet(self.desk_app, self.case, file).open()


def _filled(columns: list[Rest]) -> Iterator[None]:
    """Fills them one after the other, so many widgets a frame."""
    made = 0
    for column, widgets in columns:
        for widget in widgets:
            if widget is None or made >= SLICE:
                made = 0
                yield
            if widget is not None:
                column.add_widget(widget)
                made += sum(1 for _ in widget.walk(restrict=True))


class GroupSheet(Sheet):
    """The acts of one group: what may be done now, then what may not, grey, each with its reason."""

    def __init__(self, group: GroupModel, on_act: Callable[[ActionView], None], **kwargs: object) -> None:
        super().__init__(title=group.name, **kwargs)
        buttons = [QuietButton(text=a.label, on_release=lambda *_, a=a: (self.dismiss(), on_act(a))) for a in group.offered]
        self.add_content(in_columns(buttons, 1 if Window.width < theme.PHONE else 2))
        if group.forbidden:
            self.add_content(Text(text=t("app.case.forbidden"), color=theme.SOFT_INK))
        for action in group.forbidden:
            self.add_content(parts.forbidden(action))
        self.add_button(t("app.back"), self.dismiss)
