"""Photographs of a form: taken with the camera, or chosen from the device's photo folder; seen small, taken away again. Papers
and a spoken note lie beside them.

What is chosen is made fit to travel at once, in the picture worker (`point.pictures.photo`), so saving a form only writes. What
is no picture is refused when it is chosen, with the remedy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kivy.clock import Clock
from kivy.lang import Builder
from kivy.metrics import dp
from kivy.properties import AliasProperty, BooleanProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.gridlayout import GridLayout
from kivy.uix.widget import Widget

from shared.ledger.files.voice import LONGEST_S
from shared.ledger.texts import t
from village_node.point import pictures
from village_node.point.drafts import DraftFile
from village_node.point.errors import InvalidDraft, NodeError
from village_node.point.files import MOST_PAPER, FileDraft, fit_voice, paper
from village_node.ui.devices import capture
from village_node.ui.devices.capture import Chosen, Recording
from village_node.ui.kit import theme
from village_node.ui.kit.basic import Column, QuietButton, Row, Text
from village_node.ui.kit.dialogs import Dialog, Picker
from village_node.ui.kit.icons import Icon
from village_node.ui.kit.marks import IconButton
from village_node.ui.kit.notice import notify
from village_node.ui.kit.pictures import PictureView, worker

SIDE = 240          # pixels of a thumbnail

Builder.load_string("""
#:import theme village_node.ui.kit.theme
#:import t shared.ledger.texts.t

<PhotoTile>:
    size_hint_y: None
    height: theme.dp(150)
    fit_mode: 'cover'
    canvas.before:
        Color:
            rgba: theme.LINE
        Rectangle:
            pos: self.pos
            size: self.size
    canvas.after:
        Color:
            rgba: theme.PRIMARY if self.chosen else theme.LINE
        Line:
            rectangle: self.x, self.y, self.width, self.height
            width: 4 if self.chosen else 1
        Color:
            rgba: theme.PRIMARY if self.chosen else (0, 0, 0, 0)
        RoundedRectangle:
            pos: self.right - theme.dp(44), self.top - theme.dp(44)
            size: theme.dp(36), theme.dp(36)
            radius: [theme.dp(18)]
        Color:
            rgba: theme.ON_PRIMARY if self.chosen else (0, 0, 0, 0)
        Line:
            points: self.tick_points
            width: theme.dp(2)
""")


def columns_for(width: float) -> int:
    """Tiles of some 12 mm and more beside each other: two on a telephone, five on a wide tablet."""
    return max(2, min(5, int(width // dp(170))))


def tiles() -> GridLayout:
    """As high as its rows; a single picture is no wider than one of many."""
    grid = GridLayout(cols=3, spacing=theme.GAP, size_hint_y=None, col_force_default=True)
    grid.bind(minimum_height=grid.setter("height"), width=_as_wide)
    return grid


def _as_wide(grid: GridLayout, width: float) -> None:
    grid.cols = columns_for(width)
    grid.col_default_width = (width - (grid.cols - 1) * theme.GAP) / grid.cols


class PhotoTile(ButtonBehavior, PictureView):
    chosen = BooleanProperty(False)
    path = StringProperty("")
    tick_points = AliasProperty(
        lambda self: [self.right - dp(35), self.top - dp(26), self.right - dp(28), self.top - dp(33),
                      self.right - dp(16), self.top - dp(19)], bind=("pos", "size"))


class PhotoPicker(Dialog):
    """What the folder holds is read in the worker of pictures, as everything of them is."""

    def __init__(self, *, folder: Path, chosen: list[Path], on_done: Callable[[list[Path]], None], **kwargs: object) -> None:
        super().__init__(title=t("app.photo.title"), **kwargs)
        self._on_done, self._folder, self._chosen = on_done, folder, chosen
        self.tiles: list[PhotoTile] = []
        self.fault = Text(text=t("app.photo.looking"), color=theme.SOFT_INK)
        self.add_content(self.fault)
        self.add_button(t("app.cancel"), self.dismiss)
        self.add_button(t("app.photo.chosen"), self._done, primary=True)
        worker.ask(lambda: pictures.newest(folder, pictures.SUFFIXES), self._found)

    def _found(self, found: Any) -> None:
        self._say(found)
        if isinstance(found, list) and not found:
            self._say(InvalidDraft(t("app.photo.none", folder=self._folder)))
        elif isinstance(found, list):
            grid = tiles()
            for path in found:
                tile = PhotoTile(path=str(path), chosen=path in self._chosen)
                tile.show(path, SIDE)
                tile.bind(on_release=self._toggle)
                self.tiles.append(tile)
                grid.add_widget(tile)
            self.add_content(grid)

    def _say(self, fault: Any) -> None:
        self.fault.color = theme.FIELD_ERROR
        self.fault.text = fault.sentence if isinstance(fault, NodeError) else ""

    def _toggle(self, tile: PhotoTile) -> None:
        """Its header is read at once: what is no picture, or too large for this device, is said now and not when saving."""
        self._say(None)
        tile.chosen = not tile.chosen
        if tile.chosen:
            worker.ask(lambda: pictures.header(Path(tile.path)), lambda said: self._read(tile, said))

    def _read(self, tile: PhotoTile, said: Any) -> None:
        if not isinstance(said, pictures.Header):
            tile.chosen = False
            self._say(said)

    def _done(self) -> None:
        self.dismiss()
        self._on_done([Path(tile.path) for tile in self.tiles if tile.chosen])


class PhotoShelf(Column):
    """The photographs, papers and recordings of one form. `on_change(slot, file or None)` is told of each that comes or goes.

    The camera comes first where this device has one; the rest is chosen from the folder where it leaves its pictures."""

    def __init__(self, *, folder: Path, on_change: Callable[[str, DraftFile | None], None] = lambda *_: None,
                 **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._folder, self.on_change = folder, on_change
        self.photos: dict[str, DraftFile] = {}
        self._paths: dict[Path, str] = {}            # chosen here -> slot; "" while it is being made fit
        self._taking = 0                             # by the camera, not yet fit
        self.recording: Recording | None = None
        self.count = Text(text=t("app.form.photo_count", n=0), color=theme.SOFT_INK, font_size=theme.SMALL)
        self._grid = tiles()
        self.add_widget(self._buttons())
        self.add_widget(self.count)
        self.add_widget(self._grid)

    def _buttons(self) -> Column:
        made = Column(height=0)
        if capture.camera() is not None:
            made.add_widget(IconButton(text=t("intake.evidence.camera"), icon="camera", primary=1, height=theme.dp(76),
                                       on_release=lambda *_: self.shoot()))
        row = Row()
        row.add_widget(IconButton(text=t("app.form.add_photo"), icon="image-multiple-outline", on_release=lambda *_: self.pick()))
        row.add_widget(IconButton(text=t("intake.evidence.papers"), icon="file-document-outline",
                                  on_release=lambda *_: self.pick_paper()))
        made.add_widget(row)
        if capture.recorder() is not None:
            self.voice = IconButton(text=t("intake.evidence.voice"), icon="microphone", on_release=lambda *_: self.speak())
            made.add_widget(self.voice)
        return made

    @property
    def busy(self) -> bool:
        """Some are still being made fit, or somebody is speaking."""
        return "" in self._paths.values() or self._taking > 0 or self.recording is not None

    # ---- the camera and the microphone

    def shoot(self) -> None:
        """One photograph; the camera program is waited for in the worker of pictures."""
        camera = capture.camera()
        if camera is None or self._taking:
            return
        self._taking += 1
        self._draw()
        worker.ask(lambda: pictures.photo(camera.take(), "photo.jpg"), self._shot)

    def _shot(self, made: Any) -> None:
        if isinstance(made, pictures.Photo):
            made = DraftFile(made.name, made.type, "photo", made.data)
        self._made(made, t("intake.evidence.camera_failed"))

    def _made(self, made: Any, failed: str) -> None:
        """What the worker was asked for; `failed`: where it does not say itself why not."""
        self._taking -= 1
        if isinstance(made, DraftFile):
            self._put_new(made)
        else:
            self._draw()
            notify(made.sentence if isinstance(made, NodeError) else failed, "bad")

    def speak(self) -> None:
        """Begins a recording, or ends it."""
        recorder = capture.recorder()
        if recorder is None:
            return
        try:
            if self.recording is None:
                self.recording = recorder.start()
                self._began = Clock.get_time()
                self._ticking = Clock.schedule_interval(lambda _dt: self._tick(), 1)
                self._tick()
                return
            data = self._stopped()
        except OSError:
            self.recording = None
            self.voice.text = t("intake.evidence.voice")
            notify(t("intake.evidence.voice_failed"), "bad")
            return
        name, type = f"{t('intake.evidence.voice')}{recorder.suffix}", recorder.type
        self._taking += 1
        self._draw()
        worker.ask(lambda: DraftFile(name, type, "paper", fit_voice(data, type, name)),
                   lambda made: self._made(made, t("intake.evidence.voice_failed")))

    def _tick(self) -> None:
        """Who speaks on and on is stopped where a note is full; nothing of it is lost."""
        spoken = int(Clock.get_time() - self._began)
        if spoken >= LONGEST_S:
            self.speak()
        else:
            self.voice.text = t("intake.evidence.voice_stop", n=spoken, most=LONGEST_S)

    def _stopped(self) -> bytes:
        assert self.recording is not None
        recording, self.recording = self.recording, None
        self._ticking.cancel()
        self.voice.text = t("intake.evidence.voice")
        return recording.stop()

    # ---- what lies in the folder

    def pick(self) -> None:
        chooser = capture.chooser()
        if chooser is not None:
            self._choose(lambda: chooser.choose(capture.IMAGES, many=True, most=pictures.SOURCE_BYTES), self._fit_chosen)
            return
        PhotoPicker(folder=self._folder, chosen=list(self._paths), on_done=self.take).open()

    def _choose(self, ask: Callable[[], list[Any]], done: Callable[[list[Any]], None]) -> None:
        """The system's own choosing is waited for in the worker of pictures, as the camera is; so is what lies in the folder."""
        def chosen(found: Any) -> None:
            self._taking -= 1
            self._draw()
            if isinstance(found, list):
                done(found)
            else:
                notify(found.sentence if isinstance(found, NodeError) else t("intake.evidence.choose_failed"), "bad")

        self._taking += 1
        self._draw()
        worker.ask(ask, chosen)

    def _fit_chosen(self, found: list[Chosen]) -> None:
        for one in found:
            self._taking += 1
            worker.ask(lambda one=one: pictures.photo(one.data, one.name), self._shot)
        self._draw()

    def pick_paper(self) -> None:
        chooser = capture.chooser()
        if chooser is not None:
            self._choose(lambda: chooser.choose(capture.PAPERS, many=False, most=MOST_PAPER),
                         lambda found: [self._fit_paper(one.data, one.name) for one in found])
        elif not self._taking:
            self._choose(lambda: pictures.newest(self._folder, (".pdf",)), self._offer_papers)

    def _offer_papers(self, found: list[Path]) -> None:
        if not found:
            notify(t("intake.evidence.paper_none", folder=self._folder), "warn")
            return
        Picker(title=t("intake.evidence.paper_title"), choices=[(str(path), path.name) for path in found],
               on_choice=lambda path: self.take_paper(Path(path))).open()

    def take_paper(self, path: Path) -> None:
        """A file as it is; what is no PDF, or too large, is said now and not when saving."""
        self._fit_paper(path, path.name)

    def _fit_paper(self, source: Path | bytes, name: str) -> None:
        self._taking += 1
        self._draw()
        worker.ask(lambda: DraftFile(name, "application/pdf", "paper", paper(source, name)),
                   lambda made: self._made(made, t("app.photo.failed", name=name)))

    def take(self, paths: list[Path]) -> None:
        """These are chosen now; those taken back leave the form."""
        for path in [p for p in self._paths if p not in paths]:
            self.remove(self._paths.pop(path))
        for path in paths:
            if path not in self._paths:
                self._paths[path] = ""
                worker.ask(lambda path=path: pictures.photo(path), lambda made, path=path: self._fitted(path, made))
        self._draw()

    def _fitted(self, path: Path, made: Any) -> None:
        """Known by its slot before it is drawn, so that nothing is said to be still in the making."""
        if path not in self._paths:
            return                                   # taken back meanwhile
        if not isinstance(made, pictures.Photo):
            del self._paths[path]
            self._draw()
            notify(made.sentence if isinstance(made, NodeError) else t("app.photo.failed", name=path.name), "bad")
            return
        file = DraftFile(made.name, made.type, "photo", made.data)
        self._paths[path] = _slot(file)
        self._put_new(file)

    def _put_new(self, file: DraftFile) -> None:
        self.put(_slot(file), file)
        self.on_change(_slot(file), file)

    def put(self, slot: str, file: DraftFile) -> None:
        """One that is fit already (from a draft)."""
        self.photos[slot] = file
        self._draw()

    def remove(self, slot: str) -> None:
        if self.photos.pop(slot, None) is not None:
            self._paths = {path: known for path, known in self._paths.items() if known != slot}
            self.on_change(slot, None)
            self._draw()

    def files(self) -> list[FileDraft]:
        return [FileDraft(data=f.data, name=f.name, type=f.type, purpose=f.purpose) for f in self.photos.values()]

    def _draw(self) -> None:
        preparing = sum(1 for slot in self._paths.values() if not slot) + self._taking
        self.count.text = (t("app.form.photo_preparing", n=len(self.photos), more=preparing) if preparing
                           else t("app.form.photo_count", n=len(self.photos)))
        self._grid.clear_widgets()
        for slot, file in self.photos.items():
            box = Column(spacing=theme.dp(8))
            box.add_widget(_seen(file))
            box.add_widget(QuietButton(text=t("app.photo.remove"), font_size=theme.SMALL, height=theme.dp(48),
                                       on_release=lambda *_, slot=slot: self.remove(slot)))
            self._grid.add_widget(box)


def _slot(file: DraftFile) -> str:
    return f"{file.purpose}-{hashlib.sha256(file.data).hexdigest()[:16]}"


def _seen(file: DraftFile) -> Widget:
    """The picture, or what kind of file it is with its name."""
    if file.type.startswith("image/"):
        picture = PictureView(size_hint_y=None, height=theme.dp(120))
        picture.show(file.data, SIDE)
        return picture
    box = Column(spacing=0, padding=[theme.dp(8), theme.dp(10)])
    icon = "microphone" if file.type.startswith("audio/") else "file-document-outline"
    box.add_widget(Icon(icon=icon, color=theme.PRIMARY, size_hint=(1, None), height=theme.dp(60), font_size=theme.NUMBER))
    box.add_widget(Text(text=file.name, font_size=theme.SMALL, halign="center", shorten=True, shorten_from="center",
                        max_lines=1, least_height=theme.dp(40)))
    return box
