"""Who is at the desk? A tap on one's name, then the PIN when one is set on this device. Works without network."""

from __future__ import annotations

from kivy.core.window import Window
from kivy.lang import Builder
from kivy.uix.screenmanager import Screen

from shared.ledger.texts import t
from village_node.point.values import StaffView
from village_node.ui.kit import theme
from village_node.ui.kit.basic import QuietButton
from village_node.ui.kit.dialogs import Dialog, in_columns
from village_node.ui.kit.pin_pad import PinPad
from village_node.ui.screens.lock import tried
from village_node.ui.screens.set_pin import SetPin

Builder.load_string("""
#:import theme village_node.ui.kit.theme
#:import t shared.ledger.texts.t

<PeopleScreen>:
    AnchorLayout:
        anchor_y: 'top'
        padding: theme.PAD * 3
        Column:
            id: column
            size_hint_x: .8
            Text:
                text: t('app.people.title')
                font_size: theme.TITLE
            Text:
                id: hint
                color: theme.SOFT_INK
""")


class PeopleScreen(Screen):
    def __init__(self, desk_app: object, **kwargs: object) -> None:
        self.desk_app = desk_app
        self._grid = None
        self._shown: list[StaffView] | None = None
        super().__init__(**kwargs)

    def refresh(self) -> None:
        people = self.desk_app.desk.staff()
        if people == self._shown:
            return  # buttons that are rebuilt under a finger lose its tap
        self._shown = people
        self.ids.hint.text = t("app.people.hint") if people else t("app.people.none")
        if self._grid is not None:
            self.ids.column.remove_widget(self._grid)
        self._grid = in_columns([self._button(person) for person in people], 1 if Window.width < theme.PHONE else 2)
        self.ids.column.add_widget(self._grid)

    def _button(self, person: StaffView) -> QuietButton:
        words = f"{person.name}\n{'、'.join(person.role_labels)}"
        button = QuietButton(text=words, height=theme.dp(96), on_release=lambda *_: self._chosen(person))
        button.bind(texture_size=lambda b, size: setattr(b, "height", max(theme.dp(96), size[1] + theme.PAD)))
        return button

    def _chosen(self, person: StaffView) -> None:
        with self.desk_app.trouble_shown():
            people = self.desk_app.desk.people
            people.check_lease()
            if person.has_pin:
                PinDialog(self.desk_app, person).open()
            elif people.proof_wanted(person.id) == "code":      # others have one here: nobody acts in his name without
                SetPin(self.desk_app, person, on_done=lambda: self.desk_app.sit_down(person)).open()
            else:
                self.desk_app.sit_down(person)


class PinDialog(Dialog):
    def __init__(self, desk_app: object, person: StaffView, **kwargs: object) -> None:
        super().__init__(title=person.name, **kwargs)
        self._desk_app, self._person = desk_app, person
        self.pad = PinPad(t("app.people.pin", name=person.name), self._typed)
        self.add_content(self.pad)
        self.add_button(t("app.cancel"), self.dismiss)
        self.add_button(t("app.pin.forgot"), self._forgot)

    def _typed(self, pin: str) -> None:
        people = self._desk_app.desk.people
        self._desk_app.ask("sign_in", lambda: tried(lambda: people.check_pin(self._person.id, pin)), self._answered)

    def _answered(self, fault: str) -> None:
        if fault:
            self.pad.say(fault)
            return
        self.dismiss()
        self._desk_app.sit_down(self._person)

    def _forgot(self) -> None:
        self.dismiss()
        dialog = SetPin(self._desk_app, self._person, on_done=lambda: self._desk_app.sit_down(self._person))
        dialog.ask_for_a_code()
        dialog.open()
