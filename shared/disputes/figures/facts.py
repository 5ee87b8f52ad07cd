"""What the figures count: one frozen fact per case, petition, legal-aid matter and clock, read from the read model's tables.

`load(db)` is the only function that knows SQL; everything that computes takes `Facts`, so figures are pure.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from shared.disputes.rules.clocks import default_rules
from shared.ledger.published.lineage import FOUNDED, Lineage

# The clocks by which a rate is judged.
ACCEPTANCE = frozenset({"acceptance"})
MEDIATION = default_rules().mediation_kinds()
PETITION_ACCEPTANCE = frozenset({"petition_accept"})
PETITION_HANDLING = frozenset({"petition_handle"})


@dataclass(frozen=True, slots=True)
class CaseFact:
    """Dates are ISO texts or None. `ratings` are (party, score, date) that count, `unverified` the dates of those that a handler
    entered and nobody else has confirmed; `names` the sorted names of both sides."""

    id: str
    registered_on: str
    origin: str
    place: str
    category: str
    holder: str
    state: str
    outcome: str = ""
    accepted_on: str | None = None
    sessions: int = 0
    agreed_on: str | None = None
    failed_on: str | None = None
    promises_due: str | None = None
    performed: bool = False
    closed_on: str | None = None
    sides: int = 0
    names: str = ""
    ratings: tuple[tuple[int, int, str], ...] = ()
    unverified: tuple[str, ...] = ()
    # what the statistical form asks: `people` 0 and `amount_fen` 0 where nobody said; `form` written | oral | ""
    source: str = ""
    entrusting_body: str = ""
    difficulty: str = ""
    form: str = ""
    people: int = 0
    amount_fen: int = 0
    prevented: tuple[str, ...] = ()

    @property
    def merged(self) -> bool:
        return self.state == "merged"


@dataclass(frozen=True, slots=True)
class PetitionFact:
    id: str
    registered_on: str
    place: str
    origin: str
    channel: str
    batches: int = 1
    person_times: int = 1
    repeat: bool = False
    abnormal_visit: bool = False
    skip_level_visit: bool = False
    score: int | None = None
    rated_on: str | None = None


@dataclass(frozen=True, slots=True)
class LegalAidFact:
    id: str
    registered_on: str
    place: str
    decided_on: str | None = None
    granted: bool = False


@dataclass(frozen=True, slots=True)
class ClockFact:
    """One legal clock of one matter; `stopped` None while it runs."""

    subject: str
    kind: str
    due_date: str
    stopped: str | None
    late: str = ""                      # action | report | ""
    late_from: str = ""                 # first day on which it is missed; "" = the day after `due_date`

    @property
    def in_time(self) -> bool:
        if self.stopped is None:
            return False
        return self.stopped < self.late_from if self.late_from else self.stopped <= self.due_date


@dataclass(frozen=True, slots=True)
class Facts:
    cases: tuple[CaseFact, ...] = ()
    petitions: tuple[PetitionFact, ...] = ()
    legal_aid: tuple[LegalAidFact, ...] = ()
    clocks: tuple[ClockFact, ...] = ()
    lineage: Lineage = FOUNDED


_CASE = ("case_id, registered_on, origin, place, category, holder, state, outcome, accepted_on, sessions, agreed_on, failed_on,"
         " promises_due, performed, closed_on, sides, names, ratings, unverified, source, entrusting_body, difficulty, form,"
         " people, amount_fen, prevented")


def load(db: sqlite3.Connection, lineage: Lineage = FOUNDED) -> Facts:
    """Every fact of the read model, and who is over whom today. Matters whose registration has not arrived are left out: nothing
    is known of them."""
    cases = tuple(
        CaseFact(*[*row[:13], bool(row[13]), *row[14:17], tuple((p, s, d) for p, s, d in json.loads(row[17])),
                   tuple(json.loads(row[18])), *row[19:25], tuple(json.loads(row[25]))])
        for row in db.execute(f"SELECT {_CASE} FROM case_facts WHERE registered_on <> ''")
    )
    petitions = tuple(
        PetitionFact(*[*row[:7], *map(bool, row[7:10]), *row[10:]])
        for row in db.execute(
            "SELECT petition_id, registered_on, place, origin, channel, batches, person_times, repeat_of <> '', abnormal_visit,"
            " skip_level_visit, score, rated_on FROM petitions WHERE registered_on <> ''")
    )
    aid = tuple(
        LegalAidFact(*[*row[:4], bool(row[4])])
        for row in db.execute("SELECT aid_id, registered_on, place, decided_on, granted FROM legal_aid WHERE registered_on <> ''")
    )
    kinds = sorted(ACCEPTANCE | MEDIATION)
    clocks = [ClockFact(*row) for row in db.execute(
        "SELECT case_id, kind, due_date, stopped, late, late_from FROM deadlines"
        f" WHERE kind IN ({', '.join('?' * len(kinds))})", kinds)]
    clocks += [ClockFact(*row) for row in db.execute(
        "SELECT subject, kind, due_date, stopped, '', late_from FROM matter_deadlines")]
    return Facts(cases, petitions, aid, tuple(clocks), lineage)
