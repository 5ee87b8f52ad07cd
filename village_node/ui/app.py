"""The app of a service point: a list, an intake form, a case page, two bars. All rules live in the desk; this draws.

Threads: Kivy's own thread draws, and writes what a person saves; what a screen wants to know is asked in a thread of its own
(`asking`), pictures are decoded in another; the sync worker reaches the screen only through `changed`, which Kivy's clock runs.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from village_node.ui import setup  # noqa: F401  isort: skip  (must come before any other Kivy import)

from kivy.app import App
from kivy.base import ExceptionManager
from kivy.clock import Clock
from kivy.core.window import Window
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.modalview import ModalView
from kivy.uix.screenmanager import NoTransition

from shared.disputes.acts.refusal import act_title
from shared.disputes.acts.verbs import VERBS
from shared.ledger.texts import t
from village_node.desk.desk import Desk
from village_node.point.drafts import DraftKey
from village_node.point.errors import NodeError
from village_node.point.values import StaffView
from village_node.ui import pages
from village_node.ui.around.grid_cards import GridCards
from village_node.ui.asking import Asker
from village_node.ui.bars import KeptMark, NavBar, SyncPill, TopBar
from village_node.ui.garbage import Garbage
from village_node.ui.help.sheet import HelpSheet
from village_node.ui.idle import Idle
from village_node.ui.insets import keep_clear
from village_node.ui.intake.receipt import open_receipt
from village_node.ui.intake.screen import IntakeScreen
from village_node.ui.kit import theme
from village_node.ui.kit.basic import PrimaryButton, Text
from village_node.ui.kit.notice import NoticeSpace, notify
from village_node.ui.ringing import Ringing
from village_node.ui.screens.action_dialog import open_action
from village_node.ui.screens.case import CaseScreen
from village_node.ui.screens.cases import CasesScreen
from village_node.ui.screens.home import HomeScreen
from village_node.ui.screens.mine import MineScreen
from village_node.ui.screens.people import PeopleScreen
from village_node.ui.screens.record import RecordScreen, open_step
from village_node.ui.screens.records import RecordsScreen
from village_node.ui.services import AppServices
from village_node.ui.trouble import KeepRunning, where
from village_node.view_models import shown
from village_node.view_models.alarms import Alarms
from village_node.view_models.sync_bar import SyncBarModel, sync_bar

REDRAW_SECONDS = 0.3   # changes that arrive together are drawn once
ESCAPE = 27            # also what a tablet's Back sends

log = logging.getLogger("village_node.app")


class ShuoshiApp(App):
    """`services` are the desk, the worker and the clock, made by `composition` (or by a test)."""

    def __init__(self, services: AppServices, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.services = services
        self.staff: StaffView | None = None
        self._unsubscribe = lambda: None
        self._came_from = "cases"
        self.asking = Asker(self._tell)
        self.ringing = Ringing(self)
        self.idle = Idle(self)
        self.garbage = Garbage(lambda: self.asking.busy)
        self._keep_running = KeepRunning(self._say_bug)
        self._redraw = Clock.create_trigger(lambda *_: self.refresh(), REDRAW_SECONDS)

    @property
    def desk(self) -> Desk:
        return self.services.desk

    @property
    def photo_folder(self) -> Path:
        return self.services.photo_folder

    def today(self) -> str:
        return self.services.today()

    def build(self) -> BoxLayout:
        self.title = t("app.title")
        Window.clearcolor = theme.GROUND
        root = BoxLayout(orientation="vertical")
        office = self.desk.office()
        self.office_name, self.level = office.name, office.level
        self.top = TopBar(self, demo=self.services.demo)
        self.foot = SyncPill(self)
        self.top.add_widget(self.foot)
        self.kept = KeptMark()
        self.screens = pages.Screens(pages.makers(self), transition=NoTransition())
        self.people = PeopleScreen(self, name="people")
        self.home = HomeScreen(self, GridCards(self), name="home")
        self.cases = CasesScreen(self, name="cases")
        self.mine = MineScreen(self, name="mine")
        self.case = CaseScreen(self, name="case")
        self.records = RecordsScreen(self, name="records")
        self.record = RecordScreen(self, name="record")
        for screen in (self.people, self.home, self.cases, self.mine, self.case, self.records, self.record):
            self.screens.add_widget(screen)
        self.nav = NavBar(self)
        self.notices = NoticeSpace()
        for part in (self.top, self.notices, self.screens):
            root.add_widget(part)
        keep_clear(root, Window)
        self._page = root
        self._show("people")
        return root

    def on_start(self) -> None:
        ExceptionManager.add_handler(self._keep_running)
        self._unsubscribe = self.desk.subscribe(self.changed)
        self.services.drafts.told = Clock.create_trigger(self._tell_of_drafts)
        Window.bind(on_keyboard=self._key)
        self.idle.start()
        self.garbage.start()
        self.services.start_jobs(self.changed)
        self.refresh()

    def on_stop(self) -> None:
        ExceptionManager.remove_handler(self._keep_running)
        Window.unbind(on_keyboard=self._key)
        self.idle.stop()
        self.garbage.stop()
        self.asking.stop()
        self.notices.clear()
        self._unsubscribe()
        self.services.stop_jobs()
        self.services.drafts.flush()
        self.services.drafts.told = lambda: None

    # ---- what happens from any thread

    def changed(self) -> None:
        """Something in the desk or the worker changed; drawn soon, once, in Kivy's thread."""
        self._redraw()

    def _tell_of_drafts(self, _dt: float) -> None:
        """What is being filled in is not kept, as on a full disk: nothing on the screen may say that it is."""
        if self.services.drafts.trouble:
            self.kept.words = ""
            notify(t("app.draft.lost"), "bad")
        elif self.screens.current == "intake" and self.intake is not None:
            self.intake.said_kept()

    def ask(self, name: str, work: Callable[[], Any], done: Callable[[Any], Iterator[None] | None]) -> None:
        """`done(work())`, the work in the asking thread, the answer drawn in Kivy's, in pieces where it comes in pieces."""
        self.asking.ask(name, work, done)

    def refresh(self) -> None:
        self.garbage.page_made()
        with self.trouble_shown():
            self.ask("status", self._status, self._show_status)
            current = self.screens.current_screen
            if hasattr(current, "refresh"):
                current.refresh()

    def _status(self) -> tuple[SyncBarModel, Alarms, str]:
        return sync_bar(self.desk.status(), self.services.now_ms()), *self.ringing.look()

    def _show_status(self, answer: tuple[SyncBarModel, Alarms, str]) -> None:
        """Whatever screen is open."""
        model, ringing, words = answer
        self.foot.show(model)
        self.ringing.show(ringing, words)

    def _tell(self, error: Exception) -> None:
        with self.trouble_shown():
            raise error

    # ---- moving about

    def sees(self, name: str) -> bool:
        """Whether whoever sits here is shown this tile or page."""
        return self.staff is None or shown.sees(name, self.staff.roles, self.level)

    def sit_down(self, person: StaffView) -> None:
        self.staff = person
        self.open_tab("home")

    def stand_up(self) -> None:
        if self.screens.has_screen("intake"):
            self.intake.leave()
        self.staff = None
        self._show("people")
        self.garbage.whole()

    def open_tab(self, name: str) -> None:
        """home | cases | scan | mine. The home of a township on a laptop has three panes."""
        if name == "scan":
            self.open_page(name)
            return
        panes = name == "home" and self.level == "township" and Window.width >= theme.LAPTOP
        self._show("township" if panes else name)

    def open_list(self, name: str = "") -> None:
        """The list of cases, as it was left or another of `case_list.FILTERS`."""
        if name:
            self.cases.choose(name)
        self._show("cases")

    def open_records(self, name: str) -> None:
        """An aggregate beside cases, "figures", or "all" for what has no tile."""
        if name == "all":
            self.open_page("all")
            return
        if self.screens.current not in ("records", "record"):
            self.records.came_from = self.screens.current if hasattr(self.screens.current_screen, "place") else "home"
        self.records.open(name)
        self._show("records")

    def open_record(self, record: str) -> None:
        """One of them, with what may be done with it."""
        if self.screens.current != "record":
            self.record.came_from = self.screens.current
        self.record.open(record)
        self._show("record")

    def open_page(self, name: str, *what: Any) -> None:
        """One of `pages`; the way back leads to where one is now."""
        page = self.screens.get_screen(name)
        if self.screens.current != name:
            page.came_from = self.screens.current
        page.open(*what)
        self._show(name)

    def open_help(self) -> None:
        """A few sentences about the screen that is open."""
        with self.trouble_shown():
            HelpSheet(self, self.screens.current, self.top.place).open()

    def go_back(self) -> None:
        """To where one came from; a form is kept."""
        current = self.screens.current
        if hasattr(self.screens.current_screen, "came_from"):
            self._show(self.screens.current_screen.came_from)
            return
        if current == "intake":
            self.intake.back()
        elif current in ("case", "cases", "mine"):
            self._show(self._came_from if current == "case" else "home")

    def _key(self, _window: object, key: int, *_args: object) -> bool:
        """Esc, and Back of a tablet: close what is open on top, else go back. Never ends the app."""
        if key != ESCAPE:
            return False
        top = next((w for w in Window.children if isinstance(w, ModalView)), None)
        if top is not None:
            getattr(top, "leave", top.dismiss)()
        else:
            self.go_back()
        return True

    def open_intake(self) -> None:
        """A new form; the one that is open already where it was left by another way than its own."""
        if self.screens.has_screen("intake"):
            self._show("intake")
            return
        self.intake = IntakeScreen(self, name="intake")
        self.screens.add_widget(self.intake)
        self._show("intake")

    def close_intake(self, case: str | None) -> None:
        """Leave the form: to the saved case with its receipt before it, or home when nothing was saved."""
        if case:
            self.open_case(case)
            open_receipt(self, case)
        else:
            self.open_tab("home")
        self.screens.remove_widget(self.intake)

    def resume(self, key: DraftKey) -> None:
        """Open an unfinished form as it was left."""
        if key.form == "intake":
            self.open_intake()
            return
        verb = key.form.removeprefix("act:")
        with self.trouble_shown():
            if verb not in VERBS:
                self._resume_record(verb, key.case)
                return
            view = self.desk.case(key.case, staff_id=self.staff.id)
            action = next((a for a in view.actions if a.verb == verb), None)
            self.open_case(key.case)
            if action is not None and action.enabled:
                open_action(self, view, action)
            else:
                reason = action.reason if action is not None else t("app.draft.gone_case")
                notify(t("app.draft.gone", what=act_title(VERBS.get(verb, verb)), reason=reason), "warn")

    def _resume_record(self, kind: str, record: str) -> None:
        """A step of a record, or (no record) the opening of one."""
        forms = self.desk.record_forms
        view = forms.view(record, self.staff.id) if record else None
        action = next((a for a in (view.actions if view else forms.openings(self.staff.id)) if a.kind == kind), None)
        if record:
            self.open_record(record)
        if action is not None:
            open_step(self, view, action)
        else:
            notify(t("app.draft.gone", what=act_title(kind), reason=t("app.records.nothing")), "warn")

    def open_case(self, case: str) -> None:
        with self.trouble_shown():
            here = self.screens.current_screen
            if self.screens.current in ("home", "township", "cases", "records") or hasattr(here, "came_from"):
                self._came_from = self.screens.current
                if getattr(here, "came_from", "") == "case":
                    here.came_from = "home"             # back from there must not lead round in a circle
            self.case.show(case)
            self._show("case")
            self.saw(case)

    def saw(self, case: str) -> None:
        """Opening a case handed to this office is what *seen* means: one `acknowledged` event for each hand-over."""
        def seen(is_new: bool) -> None:
            if is_new and self.staff is not None:
                self.desk.act("acknowledge", self.staff.id, case)

        self.ask(f"unseen {case}", lambda: self.desk.unseen(case), seen)

    def _show(self, name: str) -> None:
        self.screens.current = name
        titles = {"case": t("app.list.title"), "cases": t("app.list.title"), "mine": t("app.mine.title"),
                  "intake": t("app.form.title")}
        records = t(f"app.home.{self.records.showing}") if name in ("records", "record") and self.records.showing else ""
        own = getattr(self.screens.current_screen, "place", "")
        self.top.place = own or records or titles.get(name) or t("app.home.title", office=self.office_name)
        self.top.can_go_back = bool(own) or name in ("case", "records", "record", "intake")
        gone, shown = (self.foot, self.kept) if name == "intake" else (self.kept, self.foot)
        if shown.parent is None:
            self.top.remove_widget(gone)
            self.top.add_widget(shown)
        tab = "home" if name == "township" else name
        self.nav.show(tab)
        if self.nav.belongs_to(tab) != (self.nav.parent is not None):
            if self.nav.parent is None:
                self._page.add_widget(self.nav)
            else:
                self._page.remove_widget(self.nav)
        self.refresh()

    # ---- trouble

    @contextlib.contextmanager
    def trouble_shown(self) -> Iterator[None]:
        """Every failure becomes one sentence; a bug goes to the log with its place, without what it was about."""
        try:
            yield
        except NodeError as error:
            log.info("shown to the clerk: %s", where(error))
            notify(error.sentence, "bad")
        except Exception as error:
            log.error("unexpected error in the app: %s", where(error))
            self._say_bug()

    def _say_bug(self) -> None:
        notify(t("app.bug", file=self.services.log_file), "bad")


class ToldApp(App):
    """One sentence and a button: what is said where there is no desk to open."""

    def __init__(self, sentence: str, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.sentence = sentence

    def build(self) -> BoxLayout:
        self.title = t("app.title")
        Window.clearcolor = theme.GROUND
        root = BoxLayout(orientation="vertical", padding=theme.PAD * 2, spacing=theme.PAD)
        root.add_widget(Text(text=self.sentence, font_size=theme.TITLE))
        root.add_widget(PrimaryButton(text=t("app.close"), on_release=lambda *_: self.stop()))
        return root
