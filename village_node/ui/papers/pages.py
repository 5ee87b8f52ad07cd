"""Which papers a case has, and which letters a petition or legal-aid matter: as cards whose button shows one."""

from __future__ import annotations

from typing import Any

from shared.disputes.case.papers import ROWS
from shared.ledger.texts import has, t
from village_node.papers import matter_letters
from village_node.papers.printing import Printing, Wishes
from village_node.ui.kit.chips import ChipsField
from village_node.ui.kit.fields import TextField
from village_node.ui.kit.notice import notify
from village_node.ui.kit.sheet import Sheet, section
from village_node.ui.papers import outlet
from village_node.ui.papers.preview import Preview
from village_node.ui.papers.rows import remark, standing
from village_node.view_models.around.cards import Button, CardPage, InfoCard

WHOLE, COURT, PACKAGE = "whole", "court", "package"


def of_case(app: Any, case: str) -> CardPage:
    """The whole file and the court's first, then what the file of this case should hold, then every other paper."""
    made = Printing(app.desk.node).needs(case)
    first = tuple(InfoCard(t(f"papers.{word}"), (t(f"papers.{word}_line"),), "", "info", icon,
                           (Button(t("papers.look"), "paper", (case, word), "", word == WHOLE),))
                  for word, icon in ((WHOLE, "folder-outline"), (COURT, "gavel"), (PACKAGE, "lock-outline")))
    cards = [InfoCard(need["name"], (remark(need),), *standing(need), "file-document-outline",
                      (Button(t("papers.look"), "paper", (case, need["code"])),)) for need in made]
    told = {need["code"] for need in made}
    state, _ = Printing(app.desk.node).of(case)
    cards += [InfoCard(row.name, (), t("papers.blank"), "plain", "file-outline",
                       (Button(t("papers.look"), "paper", (case, row.code)),))
              for row in ROWS if row.code not in told and not row.refused(state)]
    return CardPage(t("papers.title"), (*first, *cards))


def of_matter(app: Any, aggregate: str, record: str) -> CardPage:
    from shared.disputes.papers.sheets.matter_letters import possible

    codes = possible(app.desk.matter_events(record))
    return CardPage(t("papers.letters"), tuple(
        InfoCard(_letter_name(code), (), "", "info", "email-outline",
                 (Button(t("papers.look"), "letter", (aggregate, record, code), "", True),)) for code in codes), t("papers.none"))


def _letter_name(code: str) -> str:
    key = f"matterletters.{code}.name"
    return t(key) if has(key) else t(f"matterletters.{code}.title", stage="", decision="").strip()


def open_paper(app: Any, case: str, what: str) -> None:
    if what == COURT:
        CourtSheet(app, case).open()
    elif what == PACKAGE:
        PackageSheet(app, case).open()
    elif what == WHOLE:
        _preview(app, case, t("papers.whole"), lambda printing: printing.case_file(case)).open()
    else:
        name = next(row.name for row in ROWS if row.code == what)
        _preview(app, case, name, lambda printing: printing.documents(case, [what])).open()


def open_letter(app: Any, aggregate: str, record: str, code: str) -> None:
    desk, staff, name = app.desk, app.staff.id, _letter_name(code)
    Preview(app, name, name, lambda: matter_letters.letter(desk, aggregate, record, code, staff)).open()


def _preview(app: Any, case: str, title: str, draw: Any) -> Preview:
    desk, demo = app.desk, app.services.demo
    number = desk.case(case).number
    return Preview(app, title, f"{number} {title}", lambda: draw(Printing(desk.node, Wishes(demo=demo))))


class CourtSheet(Sheet):
    """Who agreed that the mediation record goes to the court too; then the papers."""

    def __init__(self, app: Any, case: str, **kwargs: object) -> None:
        super().__init__(title=t("papers.court"), **kwargs)
        self._app, self._case = app, case
        parties = [(str(p.index), p.name) for p in app.desk.case(case).parties]
        self.consent = ChipsField(label=t("papers.consent"), choices=parties, many=True)
        self.add_content(section("", self.consent))
        self.add_button(t("app.cancel"), self.dismiss)
        self.save_button = self.add_button(t("papers.look"), self._go, primary=True)

    def consents(self) -> list[int]:
        return [int(no) for no in self.consent.commit()]

    def _go(self) -> None:
        consents = self.consents()
        self.dismiss()
        with self._app.trouble_shown():
            _preview(self._app, self._case, t("papers.court"), lambda p: p.court_package(self._case, consents)).open()


class PackageSheet(CourtSheet):
    """The same with the originals, in one encrypted file that the court opens with words told apart from it."""

    def __init__(self, app: Any, case: str, **kwargs: object) -> None:
        super().__init__(app, case, **kwargs)
        self.title, self.save_button.text = t("papers.package"), t("papers.keep")
        self.words = TextField(label=t("papers.package_words"), required=True)
        self.add_content(section("", self.words))

    def _go(self) -> None:
        from village_node.papers import court

        app, case, words, consents = self._app, self._case, self.words.commit().strip(), self.consents()
        if len(words) < court.MIN_PASSPHRASE:
            self.words.error = t("papers.package_words")
            return
        node = app.desk.node

        def made() -> Any:
            data, _ = court.make(node, Printing(node), case, consents, court.Recipient(passphrase=words))
            return outlet.keep(data, f"{app.desk.case(case).number} {t('papers.court')}", "zip")

        app.ask("package", made, lambda path: notify(t("papers.kept", path=path), "good"))
        self.dismiss()
