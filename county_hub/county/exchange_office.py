"""Enter once: the county's cases and petitions as rows for another system, and rows of another system as registrations here.

An export goes on where it was broken off: rows made so far lie beside the file, and are used again while their case has not
changed. An import reads every row before it writes one: all in one transaction, or none. Rows that came before are known by
their number (or what they say) and passed over, so an import may be run again at any time.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from county_hub.county import exchange_files as files
from county_hub.county.acts import CountyActs
from county_hub.hub.problems import HubProblem, UsageProblem
from shared.disputes.acts.decided import Decided
from shared.disputes.exchange import incoming, outgoing
from shared.disputes.exchange.incoming import Fault, Incoming
from shared.disputes.exchange.mappings import Profile
from shared.disputes.kinds import policy
from shared.disputes.records.matter import PetitionState
from shared.ledger.entry import folded
from shared.ledger.formats.characters import is_digits
from shared.ledger.formats.hlc import hlc_ms
from shared.ledger.formats.ids import is_ulid
from shared.ledger.texts import t

Progress = Callable[[int, int], None]
_BOARD = re.compile("村?([村居])民?委员?会$")       # 旧地村委会 and 旧地村村民委员会 are 旧地村
KIND = {"case": "case.registered", "petition": "petition.registered"}


@dataclass(frozen=True, slots=True)
class Export:
    """`withheld`: strictly confidential ones, left out. `losses`: (heading, own value, what is lost, in how many rows)."""

    rows: int
    withheld: int
    losses: tuple[tuple[str, str, str, int], ...]
    content: bytes


@dataclass(frozen=True, slots=True)
class RowPage:
    """`next`: behind which id the next page begins, "" on the last one."""

    rows: list[tuple[str, dict[str, Any]]]
    next: str


@dataclass(frozen=True, slots=True)
class Refused:
    line: int
    row: dict[str, Any]
    faults: tuple[Fault, ...]


@dataclass(slots=True)
class Import:
    """`known`: here already; `left`: not for us (line, why); `unread`: headings that no field has; `written`: ids of new ones."""

    rows: int = 0
    ready: list[Decided] = field(default_factory=list)
    known: int = 0
    left: list[tuple[int, str]] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    unread: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    written: tuple[str, ...] = ()


class ExchangeOffice:
    """One per command. Raises `HubProblem` and `UsageProblem`."""

    def __init__(self, acts: CountyActs, profile: Profile) -> None:
        self.acts, self.profile = acts, profile
        self._organisation = acts.hub.directory.organisation()

    # -- out

    def export(self, form: str, since: str | None, kept: Path, progress: Progress) -> Export:
        """The file of everything that changed since this day (None: of everything). `kept`: where rows made so far lie."""
        self.acts.hub.projector.catch_up()
        made = _kept(kept, self._stamp())
        wanted = list(self._subjects(since))
        rows: list[list[Any]] = []
        lost: dict[tuple[str, str, str], int] = {}
        withheld = 0
        kept.touch(mode=0o600)
        with kept.open("a", encoding="utf-8") as log:
            log.write("\n")         # what was broken off in the middle stays a line of its own
            for number, (subject, stamp) in enumerate(wanted, 1):
                if subject not in made or made[subject][0] != stamp:
                    made[subject] = (stamp, *self._row(subject))
                    log.write(json.dumps([self._stamp(), subject, *made[subject]], ensure_ascii=False) + "\n")
                _, row, losses = made[subject]
                withheld += row == [_WITHHELD]
                if row and row != [_WITHHELD]:
                    rows.append([_day(value) for value in row])
                    for one in losses:
                        lost[one[0], one[1], one[2]] = lost.get((one[0], one[1], one[2]), 0) + 1
                progress(number, len(wanted))
        told = tuple((*key, count) for key, count in sorted(lost.items()))
        content = files.write(form, [head for head, _ in self.profile.columns], rows, self._about(since, len(rows), withheld),
                              [_words("loss_head"), *told] if told else [])
        return Export(len(rows), withheld, told, content)

    def page(self, since: str | None, after: str, limit: int) -> RowPage:
        """So many of them behind the one whose id is `after`: (id, heading -> cell) of those that are matters of this system and
        may be told. An id that is not there is a place in their order all the same."""
        table = ("SELECT case_id, updated_hlc FROM cases WHERE case_id > ? ORDER BY case_id" if self.profile.scope == "case" else
                 "SELECT petition_id, (SELECT max(hlc) FROM events WHERE case_id = petition_id) FROM petitions"
                 " WHERE petition_id > ? ORDER BY petition_id")
        found = list(islice(self._changed(table, (after,), since), limit + 1))
        heads, rows = [head for head, _ in self.profile.columns], list[tuple[str, dict[str, Any]]]()
        for subject, _ in found[:limit]:
            cells = [_day(cell) for cell in self._row(subject)[0]]
            if cells and cells != [_WITHHELD]:
                rows.append((subject, dict(zip(heads, cells, strict=True))))
        return RowPage(rows, found[limit - 1][0] if len(found) > limit else "")

    def _stamp(self) -> str:
        return f"{self.profile.id}/{self.profile.version}/{self.acts.hub.county}"

    def _about(self, since: str | None, rows: int, withheld: int) -> dict[str, str]:
        profile = self.profile
        state = t(f"exchange.state.{profile.state}")
        return {t(f"exchange.about.{key}"): value for key, value in (
            ("name", profile.name), ("version", str(profile.version)), ("source", profile.source), ("state", state),
            ("unit", self._organisation.short_name(self.acts.hub.county)), ("made_on", self.acts.today()),
            ("since", since or t("exchange.all")), ("rows", str(rows)), ("withheld", str(withheld)))}

    def _subjects(self, since: str | None) -> Iterator[tuple[str, str]]:
        """(id, what changes when it changes), the oldest first."""
        table = ("SELECT case_id, updated_hlc FROM cases ORDER BY registered_at, case_id" if self.profile.scope == "case" else
                 "SELECT case_id, max(hlc) FROM events WHERE kind LIKE 'petition.%' GROUP BY case_id ORDER BY min(hlc), case_id")
        yield from self._changed(table, (), since)

    def _changed(self, table: str, values: Sequence[str], since: str | None) -> Iterator[tuple[str, str]]:
        first = 0 if since is None else int(dt.datetime.fromisoformat(f"{since}T00:00:00+08:00").timestamp() * 1000)
        with self.acts.hub.projector.reader() as db:
            for subject, stamp in db.execute(table, values):
                if is_ulid(subject) and (not first or (stamp and hlc_ms(stamp) >= first)):
                    yield subject, str(stamp)

    def _row(self, subject: str) -> tuple[list[Any], list[list[str]]]:
        """The cells, and what is lost; no cells for what is no matter of this system."""
        profile, name = self.profile, self._organisation.display_name
        if profile.scope == "petition":
            state = self.acts.fold("petition", self.acts.place.events("petition", subject))
            assert isinstance(state, PetitionState)
            record = outgoing.petition_record(state, profile, name)
        else:
            case = self.acts.place.fold_case(self.acts.place.events("case", subject), history=False)
            if case.confidentiality == "strict":
                return [_WITHHELD], []
            if case.merged_into or not case.number or not outgoing.belongs(case, profile):
                return [], []
            record = outgoing.case_record(case, profile, name)
        cells = [f"{_DAY}{value.isoformat()}" if isinstance(value, dt.date) else value
                 for value in outgoing.cells(profile, record)]
        return cells, [list(one) for one in outgoing.losses(profile, record)]

    # -- in

    def read(self, path: Path, form: str, staff: str, progress: Progress) -> Import:
        """Every row of a file judged, nothing written."""
        heads, lines = files.read(path, form, lambda words: len(incoming.headings(self.profile, words)))
        return self.judge(heads, lines, staff, progress)

    def judge(self, heads: Sequence[str], lines: Sequence[files.Line], staff: str,
              progress: Progress = lambda done, total: None) -> Import:
        """The same of rows that came in another way."""
        known = incoming.headings(self.profile, heads)
        made = Import(len(lines), heads=tuple(heads), unread=tuple(head for head in heads if head not in known.values()))
        here, seen = self._marks(), dict[tuple[str, str], int]()
        for number, (line, row) in enumerate(lines, 1):
            found = self._read(row, known)
            if found.left:
                made.left.append((line, found.left))
            elif found.mark in here or (found.own and self.acts.place.find(found.own)):
                made.known += 1
            elif found.mark in seen:
                made.refused.append(Refused(line, row, (Fault("", t("exchange.twice", line=seen[found.mark])),)))
            else:
                seen[found.mark] = line
                self._decide(made, found, line, row, staff)
            progress(number, len(lines))
        return made

    def write(self, made: Import) -> None:
        """All rows in one transaction. Raises `HubProblem` while any is refused."""
        if made.refused:
            raise HubProblem(t("exchange.refused", n=len(made.refused), rows=made.rows))
        if made.ready:
            made.written = tuple(dict.fromkeys(event.subject for event in self.acts.write(made.ready)))
            self.acts.hub.projector.catch_up()

    def refused_book(self, made: Import) -> bytes:
        """The refused rows as they came, with the line and the reason before them: to be put right and brought again."""
        heads = [*_words("refused_head"), *made.heads]
        rows = [[one.line, "\n".join(sentence(fault) for fault in one.faults), *(one.row.get(head) for head in made.heads)]
                for one in made.refused]
        about = {t("exchange.about.name"): self.profile.name, t("exchange.about.rows"): str(len(rows))}
        return files.workbook(heads, rows, about)

    def person(self, staff: str | None) -> str:
        """Who registers: the officer named, else the first of the county who may."""
        if staff is not None:
            return self.acts.person(staff).id
        level = policy.level_in(self.acts.hub.county, self.acts.place.directory)
        for person in sorted(self.acts.place.directory.all_staff(), key=lambda person: person.id):
            if person.active and person.office == self.acts.hub.county and any(
                    policy.allows(KIND[self.profile.scope], level, role) for role in person.roles):
                return person.id
        raise UsageProblem(t("exchange.nobody"))

    def _read(self, row: dict[str, Any], known: dict[str, str]) -> Incoming:
        read = incoming.read_case if self.profile.scope == "case" else incoming.read_petition
        return read(self.profile, row, known, self._office, self.acts.today())

    def _decide(self, made: Import, found: Incoming, line: int, row: dict[str, Any], staff: str) -> None:
        if found.faults:
            made.refused.append(Refused(line, row, found.faults))
            return
        try:
            made.ready.append(self.acts.registration(KIND[self.profile.scope], staff, found.draft))
        except HubProblem as problem:
            made.refused.append(Refused(line, row, (Fault("", problem.sentence),)))

    def _office(self, typed: str) -> str:
        """By division code, with or without the zeros at its end, or by a name that only one office has."""
        code = typed.replace(" ", "")
        if is_digits(code):
            padded = code.ljust(12, "0")[:12]
            return padded if self._organisation.get(padded) is not None else ""
        wanted = folded(_BOARD.sub(r"\1", typed.strip()))
        found = {id for id, names in self._organisation.names() if any(folded(name) == wanted for name in names)}
        return found.pop() if len(found) == 1 else ""

    def _marks(self) -> set[tuple[str, str]]:
        """(system, number) of everything here that has one."""
        found: set[tuple[str, str]] = set()
        with self.acts.hub.projector.reader() as db:
            for (text,) in db.execute("SELECT json FROM events WHERE kind IN ('case.registered', 'case.particulars_noted',"
                                      " 'petition.registered') AND json LIKE '%\"elsewhere\"%'"):
                found |= {(other["system"], other["number"]) for other in json.loads(text)["body"].get("elsewhere", ())}
        return found


_WITHHELD, _DAY = "\x00withheld", "\x00day:"       # in the rows that are kept; neither may stand in a text of ours


def _kept(path: Path, stamp: str) -> dict[str, tuple[str, list[Any], list[list[str]]]]:
    """Rows of an export that was broken off; a line that was not finished is left."""
    found: dict[str, tuple[str, list[Any], list[list[str]]]] = {}
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                of, subject, changed, row, losses = json.loads(line)
            except ValueError:
                continue
            if of == stamp:
                found[subject] = (changed, row, losses)
    return found


def _day(value: Any) -> Any:
    return dt.date.fromisoformat(value[len(_DAY):]) if isinstance(value, str) and value.startswith(_DAY) else value


def sentence(fault: Fault) -> str:
    return t("exchange.at", head=fault.head, reason=fault.reason) if fault.head else fault.reason


def _words(key: str) -> Sequence[str]:
    return t(f"exchange.{key}").split("|")
