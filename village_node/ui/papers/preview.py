"""A paper as it will be printed, a page at a time: drawn from the bytes in memory, never from a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.graphics.texture import Texture
from kivy.uix.image import Image

from shared.ledger.texts import t
from village_node.ui.kit import theme
from village_node.ui.kit.basic import QuietButton, Row, Text
from village_node.ui.kit.notice import notify
from village_node.ui.kit.sheet import Sheet
from village_node.ui.papers import outlet

WIDTH = 1000        # pixels of a page on the screen: A4 is read at arm's length, 6 MB of memory
Made = tuple[bytes, int]


class Preview(Sheet):
    """`make` gives the PDF, in the asking thread."""

    def __init__(self, app: Any, title: str, name: str, make: Callable[[], bytes], **kwargs: object) -> None:
        super().__init__(title=title, **kwargs)
        self._app, self._name = app, name
        self.pdf, self.pages, self.page = b"", 0, 0
        self.told = Text(text=t("papers.making"), color=theme.SOFT_INK)
        self.picture = Image(size_hint_y=None, height=0, fit_mode="contain")
        turn = Row()
        self.before = QuietButton(text=t("papers.before"), disabled=True, on_release=lambda *_: self._turn(-1))
        self.after = QuietButton(text=t("papers.after"), disabled=True, on_release=lambda *_: self._turn(1))
        turn.add_widget(self.before)
        turn.add_widget(self.after)
        self.add_content(self.told, self.picture, turn)
        self.add_button(t("papers.close"), self.dismiss)
        self.keep_button = self.add_button(t("papers.keep"), self._keep)
        self.print_button = self.add_button(t("papers.print"), self._print, primary=True)
        self.keep_button.disabled = self.print_button.disabled = True
        self.picture.bind(width=lambda *_: self._fit())
        app.ask("paper", lambda: _opened(make()), self._made)

    def _made(self, made: Made) -> None:
        self.pdf, self.pages = made
        self.keep_button.disabled = self.print_button.disabled = False
        if self.pages:
            self._turn(0)
        else:
            self.told.text = t("papers.no_preview")

    def _turn(self, by: int) -> None:
        self.page = min(max(self.page + by, 0), self.pages - 1)
        pdf, page = self.pdf, self.page
        self._app.ask("page of paper", lambda: (page, *drawn(pdf, page)), self._drawn)

    def _drawn(self, answer: tuple[int, int, int, bytes]) -> None:
        page, width, height, rgb = answer
        if page != self.page:
            return
        texture = Texture.create(size=(width, height), colorfmt="rgb")
        texture.blit_buffer(rgb, colorfmt="rgb", bufferfmt="ubyte")
        texture.flip_vertical()
        self.picture.texture = texture
        self._fit()
        self.told.text = t("papers.page", n=page + 1, total=self.pages)
        self.before.disabled, self.after.disabled = page == 0, page + 1 == self.pages
        self.ids.scroll.scroll_y = 1

    def _fit(self) -> None:
        texture = self.picture.texture
        if texture is not None and texture.width:
            self.picture.height = self.picture.width * texture.height / texture.width

    def _keep(self) -> None:
        with self._app.trouble_shown():
            notify(t("papers.kept", path=outlet.keep(self.pdf, self._name)), "good")

    def _print(self) -> None:
        self._app.ask("print", lambda: outlet.send_to_printer(self.pdf, self._name),
                      lambda _none: notify(t("papers.printed", name=self._name), "good"))


def _opened(pdf: bytes) -> Made:
    """(the paper, its pages; 0 where no reader is installed)."""
    try:
        import pypdfium2
    except ImportError:
        return pdf, 0
    document = pypdfium2.PdfDocument(pdf)
    try:
        return pdf, len(document)
    finally:
        document.close()


def drawn(pdf: bytes, page: int) -> tuple[int, int, bytes]:
    """(width, height, RGB) of one page."""
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    try:
        found = document[page]
        picture = found.render(scale=WIDTH / found.get_width()).to_pil().convert("RGB")
        return picture.width, picture.height, picture.tobytes()
    finally:
        document.close()
