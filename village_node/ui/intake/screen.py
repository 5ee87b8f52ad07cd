"""The intake in five steps and a review. Kept at every change; saving is one durable write here, the network plays no part."""

from __future__ import annotations

from collections.abc import Callable

from kivy.clock import Clock
from kivy.core.window import Window
from kivy.lang import Builder
from kivy.uix.screenmanager import Screen
from kivy.uix.widget import Widget

from shared.disputes.acts.drafts import left_out
from shared.disputes.advice.roster import Mediator
from shared.ledger.days import moment
from shared.ledger.texts import t
from village_node.desk.desk import FileDraft
from village_node.desk.intake import AlikeCase
from village_node.point.drafts import DraftKey
from village_node.ui.intake.alike import AlikeStrip
from village_node.ui.intake.evidence_page import EvidencePage
from village_node.ui.intake.keeper import Keeper
from village_node.ui.intake.matter_page import MatterPage
from village_node.ui.intake.page import Page
from village_node.ui.intake.people_page import PeoplePage
from village_node.ui.intake.place_page import PlacePage
from village_node.ui.intake.review_page import ReviewPage
from village_node.ui.intake.sign_page import SignPage
from village_node.ui.intake.steps import StepDots
from village_node.ui.kit import theme
from village_node.ui.kit.dialogs import scroller
from village_node.ui.kit.fields import Field
from village_node.ui.kit.notice import notify
from village_node.ui.kit.once import Once
from village_node.ui.kit.photos import PhotoShelf
from village_node.ui.kit.signature import signature_png
from village_node.view_models.intake import draft as drafting
from village_node.view_models.intake import review, signing
from village_node.view_models.intake.answers import REVIEW, SIGN, STEPS, keys_of, named

ASKING_S = 0.4          # a look for cases of the same people begins when the fingers rest

Builder.load_string("""
#:import theme village_node.ui.kit.theme

<IntakeScreen>:
    BoxLayout:
        orientation: 'vertical'
        BoxLayout:
            id: head
            size_hint_y: None
            height: self.minimum_height
        BoxLayout:
            id: page
        BoxLayout:
            id: hint
            size_hint_y: None
            height: self.minimum_height
        Strip:
            foot: True
            size_hint_y: None
            height: theme.dp(64) + theme.PAD * 1.5
            padding: [theme.PAD, theme.PAD * .75]
            spacing: theme.GAP
            QuietButton:
                id: leave
                size_hint_x: None
                width: theme.dp(168) if root.width > theme.PHONE else theme.dp(112)
                height: theme.dp(64)
                on_release: root.back()
            PrimaryButton:
                id: save
                height: theme.dp(64)
                on_release: root.next()
""")


class IntakeScreen(Screen):
    """`answers` is all that stands in it; a page writes into them, and is made anew when its step is opened."""

    def __init__(self, desk_app: object, **kwargs: object) -> None:
        self.desk_app = desk_app
        super().__init__(**kwargs)
        desk, services = desk_app.desk, desk_app.services
        self.rules = desk.intake.rules()
        self.keeper = Keeper(services.drafts, DraftKey("intake", "", desk_app.staff.id), desk.office().id,
                             now=services.now_ms, encrypted=desk.node.key is not None, on_kept=lambda at: self.said_kept())
        self.answers = self.keeper.answers
        self.shelf = PhotoShelf(folder=desk_app.photo_folder)
        self.keeper.watch(self.shelf)
        self._once = Once(self._save)
        self.mediators: list[Mediator] | None = None       # None: not answered yet
        self._width = Window.width
        self._alike_soon = Clock.create_trigger(lambda *_: self._look_for_alike(), ASKING_S)
        self.alike = AlikeStrip(self)
        self.dots = StepDots([t(f"intake.step.{name}") for name in STEPS], self.go)
        self.ids.head.add_widget(self.dots)
        self.page: Page = Page(self)
        self.go(min(max(int(self.answers["step"]), 0), REVIEW))
        self.ask_alike()
        self._ask_mediators()

    def on_pre_enter(self, *_args: object) -> None:
        Window.bind(on_resize=self._resized)

    def on_leave(self, *_args: object) -> None:
        Window.unbind(on_resize=self._resized)

    @property
    def step(self) -> int:
        return int(self.answers["step"])

    @property
    def fields(self) -> dict[str, Field]:
        """Of the page that is open."""
        return self.page.fields

    # ---- what the pages call

    def changed(self) -> None:
        self.keeper.changed()
        self._show_dots()

    def leave_field(self, path: str) -> None:
        """A field was left: what cannot be taken is said now, what is missing later."""
        field = self.page.fields.get(path)
        if field is not None:
            field.error = self._faults().wrong.get(path, "")

    def redraw(self) -> None:
        """The page again, from the answers."""
        self.go(self.step)

    def ask_alike(self) -> None:
        self._alike_soon()

    def go(self, step: int) -> None:
        """To a step, or to the review."""
        same = step == self.step
        place = self.scroll.scroll_y if same and hasattr(self, "scroll") else 1.0
        self.answers["step"] = step
        made: dict[int, Callable[[], Page]] = {
            0: lambda: PeoplePage(self), 1: lambda: MatterPage(self), 2: lambda: PlacePage(self), 3: lambda: EvidencePage(self),
            4: lambda: SignPage(self), REVIEW: self._review}
        self.page = made[step]()
        self.scroll = scroller(self.page)
        self.ids.page.clear_widgets()
        self.ids.page.add_widget(self.scroll)
        self.scroll.scroll_y = place
        last = step == REVIEW
        self.ids.leave.text = t("intake.back") if step else t("app.form.leave")
        self.ids.save.text = t("intake.register") if last else t("intake.to_review") if step == REVIEW - 1 else t(
            "intake.next", step=t(f"intake.step.{STEPS[step + 1]}"))
        self.alike.show_if(step in (0, 1))
        if step == SIGN and not same:
            self._ask_mediators()
        self._show_dots()
        self.keeper.changed()

    def _review(self) -> Page:
        desk = self.desk_app.desk
        made = review.sections(self.answers, self.rules, desk.office_name, self.desk_app.today(), len(self.shelf.photos),
                               self._chosen_mediator()[1])
        return ReviewPage(self, made)

    def _chosen_mediator(self) -> tuple[str, str]:
        """(staff, name) of who mediates, ("", "") where nobody is chosen."""
        found = signing.mediator(self.mediator_choices(), self.answers) if self.answers["method"] == "people" else None
        return (found.staff, found.name) if found else ("", "")

    def mediator_choices(self) -> tuple[signing.MediatorChoice, ...]:
        return signing.mediator_choices(self.mediators or (), self.answers, self.desk_app.desk.office().id)

    def _ask_mediators(self) -> None:
        """Their loads are counted anew after each record: asked when the form opens, shown when its last pages do."""
        self.desk_app.ask("mediators", self.desk_app.desk.roster, self._take_mediators)

    def _take_mediators(self, found: list[Mediator]) -> None:
        if self.manager is None or found == self.mediators:
            return                                          # closed meanwhile, or nothing new
        self.mediators = found
        if isinstance(self.page, SignPage):
            self.page.show_choice()
        elif self.step == REVIEW:
            self.redraw()

    def _show_dots(self) -> None:
        self.dots.show(drafting.step_states(self.answers, self.rules))

    def said_kept(self) -> None:
        """The mark beside the title; none while drafts cannot be kept."""
        if not self.keeper.saved_at:
            return
        lost = self.desk_app.services.drafts.trouble
        said = t("intake.saved_at", time=f"{moment(self.keeper.saved_at):%H:%M}")
        self.desk_app.kept.words = "" if lost else t("intake.saved") if Window.width < theme.PHONE else said

    def _resized(self, *_args: object) -> None:
        """Turned: the pages choose their columns by the width."""
        if self.get_root_window() is not None and self._width != Window.width and self.desk_app.screens.current == "intake":
            self._width = Window.width
            self.redraw()

    # ---- the same people, another case

    def _look_for_alike(self) -> None:
        wanted = [(p["name"], p["phone"]) for p in self.answers["people"]]
        category = self.answers["category"]
        self.desk_app.ask("alike", lambda: self.desk_app.desk.intake.alike(wanted, category), self._show_alike)

    def _show_alike(self, found: list[AlikeCase]) -> None:
        self.alike.show([one for one in found if one.case not in self.answers["not_same"]])

    # ---- on and back

    def next(self) -> None:
        if self.step == REVIEW:
            self.save()
            return
        wrong = self._faults(STEPS[self.step]).wrong
        if wrong:
            self._show_errors(wrong)
            return
        self.go(self.step + 1)

    def back(self) -> None:
        """A step back; from the first one away, the form is kept."""
        if self.step:
            self.go(self.step - 1)
        else:
            self.leave()

    def leave(self) -> None:
        """What was typed, drawn and photographed waits on the card of unfinished forms."""
        if self.shelf.recording is not None:
            self.shelf.speak()
        self.keeper.leave()
        self.desk_app.close_intake(None)

    # ---- what is wrong

    def _faults(self, step: str = "") -> drafting.Faults:
        return drafting.faults(self.answers, self.rules, step, by_body=True)

    def _show_errors(self, errors: dict[str, str]) -> None:
        """In the page of this step; another person's card is opened where the fault is in it."""
        key = next((path.split(".")[1] for path in errors if path.startswith("people.")), "")
        if key and key != self.answers["open"] and not any(path.split(".")[1:2] == [self.answers["open"]] for path in errors):
            self.answers["open"] = key
            self.redraw()
        first = self.page.show_errors(errors)
        if isinstance(first, Widget) and self.page.height > self.scroll.height:
            self.scroll.scroll_to(first, padding=theme.TOUCH)
        notify(t("app.form.errors", n=len(errors)), "bad")

    # ---- saving

    def files(self) -> list[FileDraft]:
        """Photographs, papers and signatures as the desk takes them."""
        numbers, made = keys_of(named(self.answers)), self.shelf.files()
        for signer in signing.signed(self.answers, self.rules.limits.adult_age):
            kept, party = self.answers["strokes"][signer.key], numbers[signer.key]
            made.append(FileDraft(data=signature_png(kept["lines"], kept["ratio"]), name=f"signature-{party}.png",
                                  type="image/png", purpose="signature", party=party))
        return made

    def save(self) -> None:
        """From the review page or by a test: registers, or opens the step in which something is missing."""
        self._once(self.ids.save)

    def _save(self) -> bool:
        errors = self._faults().all
        if errors:
            self.go(drafting.first_step_with(errors))
            name = STEPS[self.step]
            self._show_errors({path: words for path, words in errors.items() if drafting.step_of(path) == name})
            return False
        if self.shelf.busy:
            notify(t("app.photo.wait"), "warn")
            return False
        app, adult = self.desk_app, self.rules.limits.adult_age
        body = drafting.to_draft(self.answers, self.rules)
        with app.trouble_shown():
            if self.mediators is None:              # a finger that was faster than the answer
                self.mediators = app.desk.roster()
            choices = signing.choices(self.answers, keys_of(named(self.answers)), self._chosen_mediator()[0], adult)
            with self.keeper.being_saved(app.services.chain_seq()):
                view = app.desk.intake.register(app.staff.id, body, choices=choices, files=self.files())
            with app.trouble_shown():               # from here on it is saved, whatever happens to the page
                app.notices.clear()                 # what kept it from being saved before
                app.close_intake(view.id)
                cut = left_out(body)
                if cut:
                    notify(cut, "warn")
            return True
        return False
