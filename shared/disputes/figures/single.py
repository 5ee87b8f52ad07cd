"""What one case, petition, legal-aid matter or clock tells a figure. Values alone."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from shared.disputes.rules.clocks import default_rules

# The clocks by which a rate is judged.
ACCEPTANCE = frozenset({"acceptance"})
MEDIATION = default_rules().mediation_kinds()
PETITION_ACCEPTANCE = frozenset({"petition_accept"})
PETITION_HANDLING = frozenset({"petition_handle"})


class CaseFact(msgspec.Struct, frozen=True, gc=False):
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


class ClockFact(msgspec.Struct, frozen=True, gc=False):
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
