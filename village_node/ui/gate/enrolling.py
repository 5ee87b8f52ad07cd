"""The first start: scan, type or look; then who sets the first PIN, how it works in three sentences, and the first round.

Each refusal is one sentence with its remedy, from the enrolment itself; a code that was not used up stays in the field.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kivy.uix.boxlayout import BoxLayout

from shared.ledger.texts import t
from village_node import composition
from village_node.ui.gate.parts import BigChoice, Told, fault, page
from village_node.ui.help.tour import tour_cards
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Card, PrimaryButton, QuietButton, Row, Text
from village_node.ui.kit.fields import TextField
from village_node.ui.kit.icons import Icon
from village_node.ui.kit.photos import PhotoPicker
from village_node.ui.scan.camera import Looking, camera, picture_folder
from village_node.ui.scan.reading import text_in
from village_node.ui.screens.set_pin import SetPin


class Welcome(BoxLayout):
    def __init__(self, gate: Any, **kwargs: object) -> None:
        super().__init__(**kwargs)
        need = Card(ground=theme.GROUND)
        need.add_widget(Text(text=t("start.need"), font_size=theme.LARGE))
        for n, icon in enumerate(("file-document-outline", "wifi", "lock-outline"), start=1):
            row = Row()
            row.add_widget(Icon(icon=icon, color=theme.SOFT_INK))
            row.add_widget(Text(text=t(f"start.need{n}")))
            need.add_widget(row)
        self.add_widget(page(
            Text(text=t("start.title"), font_size=theme.TITLE),
            BigChoice(title=t("start.scan"), line=t("start.scan_line"), icon="qrcode-scan", primary=1,
                      on_release=lambda *_: gate.show(Scan(gate))),
            BigChoice(title=t("start.type"), line=t("start.type_line"), icon="keyboard",
                      on_release=lambda *_: gate.show(Typed(gate))),
            BigChoice(title=t("start.demo"), line=t("start.demo_line"), icon="play-circle-outline",
                      on_release=lambda *_: gate.show_demo()),
            need, step=1))


class Enrolling(BoxLayout):
    """What scanning and typing share: asking the hub, and what it says."""

    def __init__(self, gate: Any, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.gate, self._going = gate, False
        self.fault = fault("")

    def enrol(self, code: str, hubs: tuple[str, ...] = ()) -> None:
        gate = self.gate
        if self._going:
            return                                   # a second tap asks nothing
        self._going = True
        self.say(t("start.going"), theme.SOFT_INK)

        def work() -> str:
            composition.enrol(gate.place.root, hubs, code, key_file=gate.given)
            gate.take(gate.given)
            return code

        gate.ask("enrol", work, self._answered)

    def _answered(self, answer: Any) -> None:
        self._going = False
        if isinstance(answer, Told):
            self.say(answer)
        else:
            self.gate.show(FirstPin(self.gate, answer))

    def say(self, sentence: str, ink: Any = theme.FIELD_ERROR) -> None:
        self.fault.text, self.fault.color = sentence, ink

    def back(self) -> QuietButton:
        return QuietButton(text=t("start.back"), on_release=lambda *_: self.gate.show(Welcome(self.gate)))


class Typed(Enrolling):
    def __init__(self, gate: Any, **kwargs: object) -> None:
        super().__init__(gate, **kwargs)
        self.code, self.hub = TextField(label=t("start.code"), hint=t("start.code_hint")), TextField(label=t("start.hub"))
        row = Row()
        row.add_widget(self.back())
        row.add_widget(PrimaryButton(text=t("start.go"), on_release=lambda *_: self._go()))
        self.add_widget(page(Text(text=t("start.type"), font_size=theme.TITLE), self.code, self.hub, self.fault, row, step=1))

    def _go(self) -> None:
        hub = self.hub.commit()
        self.enrol(self.code.commit(), (hub,) if hub else ())


class Scan(Enrolling):
    """The camera, where Kivy reaches one; else, and beside it, a picture of the slip."""

    def __init__(self, gate: Any, **kwargs: object) -> None:
        super().__init__(gate, **kwargs)
        self._camera, self._look = camera(), None
        parts: list[Any] = [Text(text=t("start.scan_title"), font_size=theme.TITLE)]
        if self._camera is not None:
            parts += [self._camera, Text(text=t("start.camera"))]
            self._look = Looking(self._camera, self._seen)
        else:
            parts.append(Text(text=t("start.no_camera", folder=picture_folder())))
        row = Row()
        row.add_widget(self.back())
        row.add_widget(PrimaryButton(text=t("start.picture"), on_release=lambda *_: self._pick()))
        self.add_widget(page(*parts, self.fault, row, step=1))

    def _pick(self) -> None:
        PhotoPicker(folder=picture_folder(), chosen=[], on_done=self.picked).open()

    def picked(self, paths: list[Path]) -> None:
        """The first of the chosen pictures that shows a code."""
        if paths:
            self.gate.ask("scan", lambda: text_in(paths[0]), self._read)

    def _read(self, answer: Any) -> None:
        if isinstance(answer, Told):
            self.say(answer)
        else:
            self._stop()
            self.enrol(answer)

    def _seen(self, image: Any) -> None:
        if self.gate.page is not self:
            self._stop()
            return
        self.gate.ask("scan", lambda: text_in(image), lambda found: None if isinstance(found, Told) else self._read(found))

    def _stop(self) -> None:
        if self._look is not None:
            self._look.stop()


class FirstPin(BoxLayout):
    """Who sits here sets the first PIN with the code that was just used."""

    def __init__(self, gate: Any, code: str, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._gate, self._code = gate, code
        people = gate.desk.staff()
        buttons = [PrimaryButton(text=f"{p.name}\n{'、'.join(p.role_labels)}", height=theme.dp(88),
                                 on_release=lambda *_, p=p: self._chosen(p)) for p in people]
        self.add_widget(page(Text(text=t("start.who" if people else "start.nobody"), font_size=theme.TITLE), *buttons,
                             QuietButton(text=t("start.later"), on_release=lambda *_: self._on()), step=2))

    def _chosen(self, person: Any) -> None:
        SetPin(self._gate, person, proof=self._code, on_done=self._on).open()

    def _on(self) -> None:
        self._gate.show(Tour(self._gate))


class Tour(BoxLayout):
    def __init__(self, gate: Any, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.add_widget(page(*tour_cards(), PrimaryButton(text=t("start.tour_next"),
                                                   on_release=lambda *_: gate.show(FirstRound(gate))), step=3))


class FirstRound(BoxLayout):
    """The first records come, newest first; the desk can be used at any moment, the rest comes behind it."""

    def __init__(self, gate: Any, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._gate = gate
        self.line = Text(text="", font_size=theme.LARGE)
        self.fault = fault("")
        self.add_widget(page(Text(text=t("start.round"), font_size=theme.TITLE), self.line, self.fault,
                             PrimaryButton(text=t("start.use"), on_release=lambda *_: self._use()), step=4))
        worker = gate.services.worker
        self._end = worker.subscribe(lambda: gate.later(self._draw)) if worker is not None else lambda: None
        gate.services.start_worker()
        self._draw()

    def _draw(self) -> None:
        worker = self._gate.services.worker
        progress = getattr(worker, "progress", None)
        if progress is None:
            return
        if progress.stage == "failed":
            self.fault.text = t("start.round_failed", reason=progress.label)
        elif progress.stage in ("idle", "done") and getattr(worker, "rounds", 0):
            self.line.text, self.fault.text = t("start.round_done"), ""
        elif progress.total:
            self.line.text = t("start.round_n", done=progress.done, total=progress.total)
        else:
            self.line.text = f"{progress.label}　{t('start.round_at', done=progress.done) if progress.done else ''}"

    def _use(self) -> None:
        self._end()
        self._gate.enter()
