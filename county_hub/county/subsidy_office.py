"""The county's account of the per-case subsidy (以案定补, DOMAIN.md 8): what each claim of a period is due, why not, who gets it.

Rules are `shared.disputes.advice.subsidy` (amounts, papers, cap: configuration) and `shared.disputes.advice.same_dispute`
(one dispute, one subsidy). Deciding is
an officer's signed event per case. It must not know argument parsing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from county_hub.county.acts import CountyActs
from county_hub.hub.problems import HubProblem, UsageProblem
from shared.disputes.advice import same_dispute, subsidy
from shared.disputes.case.state import CaseState
from shared.disputes.rules.county import county_rules
from shared.disputes.tables import pairs as read_model_pairs
from shared.ledger import periods
from shared.ledger.days import date_of
from shared.ledger.texts import t
from shared.ledger.wrong_table import in_force

_DONE = ("approved", "paid")


@dataclass(frozen=True, slots=True)
class Line:
    """One claimed case. `lacking`: names of the checks it fails; `dispute`: ids of all cases of the dispute, itself among them;
    `parts`: fen by mediator after the cap; for what is decided, as it was decided."""

    case: str
    number: str
    holder: str
    claimed_on: str
    state: str
    grade: str
    lacking: tuple[str, ...]
    dispute: tuple[str, ...]
    entitled: str
    amount_fen: int
    parts: dict[str, int]
    publicised_until: str | None = None


def period(text: str) -> tuple[str, str]:
    """First and last day of `2026`, `2026-H1`, `2026-Q3` or `2026-11`. Raises `UsageProblem`."""
    try:
        span = periods.parse(text)
    except periods.BadPeriod as wrong:
        raise UsageProblem(str(wrong)) from None
    return span.start, span.end


class SubsidyOffice:
    """One per command: everything is computed from the events once."""

    def __init__(self, acts: CountyActs) -> None:
        self.acts = acts
        published = acts.hub.directory.latest().table("subsidy")
        # What was published and cannot hold hides no claim; but no money is decided by it.
        self.rules, self.fault = in_force("subsidy", subsidy.table, published)
        self.source = "table" if published and not self.fault else "default"
        self.left: list[tuple[str, str]] = []       # (number, why) of what a step would not take

    def lines(self, start: str, end: str) -> list[Line]:
        """Claims whose first application lies in the period, in the order of their claims. The cap counts the whole year."""
        known = self._claimed()
        disputes = self._disputes(known)
        paid: dict[tuple[str, str], int] = {}
        found = []
        for case in sorted(known.values(), key=lambda c: (_claimed_on(c), c.id)):
            line = self._line(case, disputes[case.id], paid)
            if line.state in _DONE or not line.lacking:
                for mediator, fen in line.parts.items():
                    key = (mediator, line.claimed_on[:4])
                    paid[key] = paid.get(key, 0) + fen
            if start <= line.claimed_on <= end:
                found.append(line)
        return found

    def _line(self, case: CaseState, dispute: Sequence[CaseState], paid: dict[tuple[str, str], int]) -> Line:
        track, on = case.subsidy, _claimed_on(case)
        assert track is not None
        others = [other for other in dispute if other.id != case.id]
        checks = subsidy.checks(case, track.grade, self.rules, others)
        entitled = same_dispute.entitled(dispute)
        shares = dict(track.shares) if track.state not in ("applied", "checked") else same_dispute.shares(
            dispute, [claim.mediator for claim in track.claims])
        whole = track.amount_fen if track.state in _DONE else self.rules.amount_fen.get(track.grade, 0)
        parts = _split(whole, shares)
        if track.state not in _DONE:
            parts = {who: subsidy.within_cap(paid.get((who, on[:4]), 0), fen, self.rules) for who, fen in parts.items()}
        due = track.state in _DONE or entitled == case.id
        return Line(
            case.id, case.number, case.holder, on, track.state, track.grade, tuple(c.name for c in checks if not c.passed),
            tuple(sorted(c.id for c in dispute)), entitled, sum(parts.values()) if due else 0, parts if due else {},
            track.publicised_until)

    def publicise(self, lines: Iterable[Line], staff: str, end: str | None) -> list[Line]:
        """Put the graded ones that pass every check on public notice, to `end` or for the working days of the table. Raises
        `UsageProblem` where the published table cannot hold."""
        self._require_table()
        today = self.acts.today()
        ours = county_rules(self.acts.hub.directory.latest())
        until = end or ours.calendar.add_workdays(date_of(today), self.rules.publicity_workdays).isoformat()
        return self._each(lines, "graded", lambda line: self.acts.case(
            "publicise_subsidy", line.case, staff, {"start": today, "end": until}))

    def approve(self, lines: Iterable[Line], staff: str) -> list[Line]:
        """Approve those whose notice has run, with the computed amounts. Raises as `publicise`."""
        self._require_table()
        return self._each(lines, "publicised", lambda line: self.acts.case(
            "decide_subsidy", line.case, staff, {"approved": True, "amount_fen": line.amount_fen}))

    def _require_table(self) -> None:
        if self.fault:
            raise UsageProblem(t("subsidycli.no_table", why=self.fault))

    def pay(self, lines: Iterable[Line], staff: str, on: str) -> list[Line]:
        return self._each(lines, "approved", lambda line: self.acts.case(
            "pay_subsidy", line.case, staff, {"amount_fen": line.amount_fen, "paid_on": on}))

    def _each(self, lines: Iterable[Line], state: str, act: Callable[[Line], object]) -> list[Line]:
        """Do it for every line of this state that lacks nothing; what the rules refuse stays as it is and is named in `left`."""
        done = []
        for line in lines:
            if line.state != state:
                continue
            if line.lacking and state != "approved":
                self.left.append((line.number or line.case, t("subsidycli.lacking", names="、".join(line.lacking))))
                continue
            try:
                act(line)
            except HubProblem as refused:
                self.left.append((line.number or line.case, refused.sentence))
            else:
                done.append(line)
        return done

    def _claimed(self) -> dict[str, CaseState]:
        with self.acts.hub.projector.reader() as db:
            ids = [row[0] for row in db.execute("SELECT DISTINCT case_id FROM events WHERE kind = 'case.subsidy_applied'"
                                                " AND refused IS NULL")]
        made = (self.acts.state(id) for id in ids)
        return {case.id: case for case in made if case.subsidy is not None}

    def _disputes(self, known: dict[str, CaseState]) -> dict[str, list[CaseState]]:
        """Each claimed case with all cases of its dispute, claimed or not."""
        months = self.rules.same_dispute_months
        made = {}
        for case in known.values():
            with self.acts.hub.projector.reader() as db:
                near = {pair.other for pair in read_model_pairs.pairs(db, months * same_dispute.DAYS_OF_MONTH, case.id)}
                near |= {row[0] for row in db.execute(
                    "SELECT case_id FROM cases WHERE json_extract(json, '$.merged_into') = ?", (case.id,))}
            near |= {case.merged_into} - {""}
            others = [known.get(id) or self.acts.state(id) for id in sorted(near)]
            made[case.id] = [case, *(o for o in others if same_dispute.why_same(case, o, months))]
        return made


def _claimed_on(case: CaseState) -> str:
    return case.subsidy.claims[0].claimed_on if case.subsidy else ""


def _split(whole: int, shares: dict[str, int]) -> dict[str, int]:
    """Fen by mediator, rounded down, the rest to the first."""
    parts = {who: whole * percent // 100 for who, percent in shares.items()}
    if parts:
        parts[next(iter(parts))] += whole - sum(parts.values())
    return parts
