"""The app of a service point: a list, an intake form, a case page, two bars. All rules live in the desk; this draws.

Threads: Kivy's own thread draws and calls the desk (reads and writes take milliseconds); the sync worker is a thread of its own
and reaches the screen only through `changed`, which Kivy's clock runs in its own thread.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path

from village_node.ui import setup  # noqa: F401  isort: skip  (must come before any other Kivy import)

from kivy.app import App
from kivy.base import ExceptionManager
from kivy.clock import Clock
from kivy.core.window import Window
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.screenmanager import NoTransition, ScreenManager

from shared.disputes.acts.refusal import act_title
from shared.disputes.acts.verbs import VERBS
from shared.ledger.texts import t
from village_node.desk.desk import Desk
from village_node.point.drafts import DraftKey
from village_node.point.errors import NodeError
from village_node.point.values import StaffView
from village_node.ui.bars import SyncBar, TopBar
from village_node.ui.kit import theme
from village_node.ui.kit.notice import NoticeSpace, notify
from village_node.ui.screens.action_dialog import open_action
from village_node.ui.screens.case import CaseScreen
from village_node.ui.screens.cases import CasesScreen
from village_node.ui.screens.intake import IntakeScreen
from village_node.ui.screens.people import PeopleScreen
from village_node.ui.services import AppServices
from village_node.ui.trouble import KeepRunning, where
from village_node.view_models.sync_bar import sync_bar

REDRAW_SECONDS = 0.3   # changes that arrive together are drawn once

log = logging.getLogger("village_node.app")


class ShuoshiApp(App):
    """`services` are the desk, the worker and the clock, made by `composition` (or by a test)."""

    def __init__(self, services: AppServices, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.services = services
        self.staff: StaffView | None = None
        self._unsubscribe = lambda: None
        self._rung: set[tuple[str, str]] = set()
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
        self.top = TopBar(self, place=f"{t('app.title')}　{self.desk.office().name}", demo=self.services.demo)
        self.screens = ScreenManager(transition=NoTransition())
        self.people = PeopleScreen(self, name="people")
        self.cases = CasesScreen(self, name="cases")
        self.case = CaseScreen(self, name="case")
        for screen in (self.people, self.cases, self.case):
            self.screens.add_widget(screen)
        self.foot = SyncBar(self)
        self.notices = NoticeSpace()
        for part in (self.top, self.notices, self.screens, self.foot):
            root.add_widget(part)
        return root

    def on_start(self) -> None:
        ExceptionManager.add_handler(self._keep_running)
        self._unsubscribe = self.desk.subscribe(self.changed)
        self.services.start_jobs(self.changed)
        self.refresh()

    def on_stop(self) -> None:
        ExceptionManager.remove_handler(self._keep_running)
        self.notices.clear()
        self._unsubscribe()
        self.services.stop_jobs()
        self.services.drafts.flush()

    # ---- what happens from any thread

    def changed(self) -> None:
        """Something in the desk or the worker changed; drawn soon, once, in Kivy's thread."""
        self._redraw()

    def refresh(self) -> None:
        with self.trouble_shown():
            self.foot.show(sync_bar(self.desk.status(), self.services.now_ms()))
            current = self.screens.current_screen
            if hasattr(current, "refresh"):
                current.refresh()
            self._ring()

    def _ring(self) -> None:
        """Whatever screen is open: an alarm within the day that rings since the last look is said once."""
        ringing = {(a.case_id, a.kind): a for a in self.desk.alarms() if a.level == "ring"}
        for key in ringing.keys() - self._rung:
            notify(t("app.rings", sentence=ringing[key].sentence, number=ringing[key].number), "bad")
        self._rung = set(ringing)

    # ---- moving about

    def sit_down(self, person: StaffView) -> None:
        self.staff = person
        self.top.person = person.name
        self.open_list()

    def stand_up(self) -> None:
        if self.screens.current == "intake":
            self.intake.leave()
        self.staff, self.top.person = None, ""
        self._show("people")

    def open_list(self) -> None:
        self._show("cases")

    def open_intake(self) -> None:
        self.intake = IntakeScreen(self, name="intake")
        self.screens.add_widget(self.intake)
        self.screens.current = "intake"

    def close_intake(self, case: str | None) -> None:
        """Leave the form: to the saved case, or back to the list when nothing was saved."""
        if case:
            self.open_case(case)
        else:
            self.open_list()
        self.screens.remove_widget(self.intake)

    def resume(self, key: DraftKey) -> None:
        """Open an unfinished form as it was left."""
        if key.form == "intake":
            self.open_intake()
            return
        with self.trouble_shown():
            view = self.desk.case(key.case, staff_id=self.staff.id)
            verb = key.form.removeprefix("act:")
            action = next((a for a in view.actions if a.verb == verb), None)
            self.open_case(key.case)
            if action is not None and action.enabled:
                open_action(self, view, action)
            else:
                reason = action.reason if action is not None else t("app.draft.gone_case")
                notify(t("app.draft.gone", what=act_title(VERBS.get(verb, verb)), reason=reason), "warn")

    def open_case(self, case: str) -> None:
        """Opening a case handed to this office is what *seen* means: one `acknowledged` event for each hand-over."""
        with self.trouble_shown():
            if self.desk.case(case).row.unread:
                self.desk.act("acknowledge", self.staff.id, case)
            self.case.show(case)
            self.screens.current = "case"

    def _show(self, name: str) -> None:
        self.screens.current = name
        self.refresh()

    # ---- the sync button

    def sync_pressed(self) -> None:
        if self.foot.running:
            self.services.cancel_sync()
        else:
            self.services.sync_now()

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


def run(home: str | Path, *, key_file: str | Path | None = None) -> int:
    """Open the app on HOME until its window is closed. Raises the errors of `composition.open_desk`."""
    from village_node.ui.start import services_for

    services = services_for(home, key_file=key_file)
    try:
        ShuoshiApp(services).run()
    finally:
        services.stop_worker()
        services.desk.close()
    return 0
