"""Looks into the county's long lists for a form: cases and records by the words that were typed, with what is chosen already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from county_hub.county.acts import CountyActs
from county_hub.county.forms.form_desk import CaseLine, FormDesk
from county_hub.county.forms.use_choices import called
from shared.disputes.forms.sought import NOTHING, OFFERED, Sought
from shared.disputes.tables import cases as case_list
from shared.disputes.tables import due


class Seeking:
    """`sought`: by question, what its page was asked for."""

    def __init__(self, acts: CountyActs, sought: Mapping[str, Sought]) -> None:
        self._acts, self._officers, self._sought = acts, acts.officers, sought

    def of(self, question: str) -> Sought:
        return self._sought.get(question, NOTHING)

    def cases(self, sought: Sought, without: str) -> tuple[Sequence[CaseLine], int]:
        """Open ones; who looks for words is shown ended ones too. An organ sees what lies with it alone."""
        desk, directory, moment = FormDesk(self._acts), self._acts.hub.directory.latest(), self._officers.moment()
        wanted = replace(desk.own(), text=sought.words, open_only=not sought.words)
        names = self._officers.organisation().names
        with self._officers.read() as db:
            chosen = case_list.find(db, replace(desk.own(), ids=sought.chosen, open_only=False), moment, limit=OFFERED
                                    ) if sought.chosen else []
            fit = case_list.find(db, wanted, moment, limit=OFFERED + 1, names=names())
            total = case_list.total(db, wanted, moment, names=names())
            itself = case_list.total(db, replace(wanted, ids=[without]), moment, names=names()) if without else 0
        rows = {row.case_id: row for row in (*chosen, *fit) if row.case_id != without}
        return [desk.line(directory, row) for row in [*rows.values()][:OFFERED]], total - itself

    def records(self, aggregate: str, sought: Sought, without: str) -> tuple[list[dict[str, Any]], int]:
        if self._acts.place.is_organ:
            return [], 0
        with self._officers.read() as db:
            rows, total = due.looked_for(db, aggregate, sought.words.split(), sought.chosen, OFFERED, without)
        return [{**row, "title": called(self._officers, {**row, "aggregate": aggregate}, self._acts.show)} for row in rows], total
