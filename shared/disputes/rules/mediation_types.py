"""The five kinds of mediation (五调): who may mediate, what must be there, how files are numbered. `data/mediation_types.toml` as
values; the clocks of each are `rules.clocks`. Pure.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from shared.disputes.rules.clocks import UNCONFIRMED
from shared.ledger import codes
from shared.ledger.texts import t
from shared.paths import DATA

PEOPLE = "people"
COMMITTEE, ORGAN, OUTSIDE = "committee", "organ", "outside"
_BODIES, _NEEDS = frozenset({COMMITTEE, ORGAN, OUTSIDE}), frozenset({"", "court", "petition"})


@dataclass(frozen=True, slots=True)
class MediationType:
    """The head of `mediation_types.toml` says what each is."""

    code: str
    body: str
    levels: tuple[str, ...]
    needs: str
    lifts: frozenset[str]
    agreement: str
    source: str
    confirmed: bool

    @property
    def name(self) -> str:
        return codes.name("mediation_type", self.code)


@lru_cache(maxsize=1)
def table() -> dict[str, MediationType]:
    """Raises ValueError naming the row that is wrong."""
    raw = tomllib.loads((DATA / "mediation_types.toml").read_text(encoding="utf-8"))
    del raw["version"]
    made = {}
    for code, row in raw.items():
        if row["body"] not in _BODIES or row["needs"] not in _NEEDS or not row["source"]:
            raise ValueError(f"mediation_types.{code}: body of {sorted(_BODIES)}, needs of {sorted(_NEEDS)}, and a source")
        source = row["source"] if row["confirmed"] else row["source"] + UNCONFIRMED
        made[code] = MediationType(code, row["body"], tuple(row["levels"]), row["needs"], frozenset(row["lifts"]),
                                   row["agreement"], source, row["confirmed"])
    if set(made) != set(codes.names("mediation_type")):
        raise ValueError("mediation_types.toml and the code table mediation_type name different kinds")
    return made


def of(code: str) -> MediationType:
    """A kind that only a newer version knows is asked what people's mediation is."""
    return table().get(code) or table()[PEOPLE]


def word(what: str, code: str) -> str:
    """How a paper of this kind of mediation speaks; `what`: a section of the catalogue's `mediation` (we, body, mediator ...)."""
    return t(f"mediation.{what}.{of(code).code}")


def spoken(text: str, code: str) -> str:
    """A title or sentence of the standard papers, which are those of people's mediation, as this kind says it."""
    for what in ("we", "body", "mediator", "kind"):         # the longer words first: each holds the next
        text = text.replace(word(what, PEOPLE), word(what, code))
    return text


def bound_by(code: str, exclusion: str) -> str:
    """The exclusion of a matter, unless this kind of mediation is not bound by it."""
    return "" if exclusion in of(code).lifts else exclusion


def own_body(code: str, office: str, committee: str) -> str:
    """What the body is called that mediates here; "" where it is none of ours."""
    return {COMMITTEE: committee, ORGAN: office, OUTSIDE: ""}[of(code).body]


def not_competent(code: str, level: str, *, entrusting_body: str, petitions: Collection[str]) -> str:
    """Why an office of this level may not mediate so, in words; "" when it may."""
    kind = of(code)
    if level not in kind.levels:
        names = "、".join(t(f"counter.level.{one}") for one in kind.levels)
        return t("mediation.refused.level", kind=kind.name, levels=names)
    if kind.needs == "court" and not entrusting_body:
        return t("mediation.refused.court", kind=kind.name)
    return t("mediation.refused.petition", kind=kind.name) if kind.needs == "petition" and not petitions else ""


def wrong_body(code: str, named: str, known: Collection[str]) -> str:
    """Why this body cannot mediate so, in words: a committee is one of the office's own, an organ the office itself. `known`:
    what they are called, and were called."""
    kind = of(code)
    if not named:
        return t("mediation.refused.no_body", kind=kind.name)
    if kind.body == OUTSIDE or named in known:
        return ""
    return t("mediation.refused.body", kind=kind.name, known="、".join(known), value=named)


def file_no(code: str, year: int, office: str, n: int) -> str:
    return t(f"mediation.file_no.{of(code).code}", year=year, office=office, n=n)


def series(code: str) -> str:
    """Which register of file numbers it has in an office: people's mediation the one without a name, as ever."""
    return "" if of(code).code == PEOPLE else f":{of(code).code}"


def agreement_title(code: str) -> str:
    return t(f"mediation.agreement.{of(code).code}")
