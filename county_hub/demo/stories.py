"""The words of the DEMO years: what a plan is made of, how many of what, and one teller's dice. Pure and seeded.

A plan is a list of matters; a matter is parts, one per office that acts; a part is steps in the order in which people acted. The
same seed gives the same plan. Counts that the newspaper printed are exact (`QUOTAS`); everything else is plausible and invented.
Persons are called 演示…, every summary starts with DEMO. It must not know databases, keys or the command line.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from shared.ledger.days import SHANGHAI
from shared.ledger.formats.ids import new_ulid
from shared.ledger.workdays import DEFAULT as CALENDAR

DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Quotas:
    """Exact numbers of one year. `mediated`, `petitions` (both channels) and `legal_aid` are those that the newspaper printed;
    batches and person-times keep its percentages from 2018 to 2019; the ratings of 2019 keep its 73.4 %."""

    mediated: int
    on_spot: int
    not_accepted: int
    letter_visit: tuple[int, int, int]      # items, batches, person-times
    online: tuple[int, int, int]
    legal_aid: int
    legal_aid_refused: int
    petition_ratings: tuple[int, int]       # rated in the year, of these satisfied

    @property
    def petitions(self) -> int:
        return self.letter_visit[0] + self.online[0]


QUOTAS: dict[int, Quotas] = {
    2018: Quotas(582, 50, 10, (270, 300, 1000), (123, 123, 250), 215, 9, (206, 146)),
    2019: Quotas(737, 58, 13, (217, 231, 630), (100, 100, 122), 266, 12, (188, 138)),
}


# A year that is under way, for pages of these months; nobody printed its numbers.
PRESENT = Quotas(240, 30, 6, (60, 66, 180), (30, 30, 45), 60, 3, (40, 31))


@dataclass(frozen=True, slots=True)
class Step:
    """One act. `actor` is 0 (who handles) or 1 (a colleague); `label` names its event for later steps of the matter: a body
    value `@label` stands for that event's id."""

    day: dt.date
    kind: str
    body: Mapping[str, Any]
    actor: int = 0
    role: str = "mediator"
    label: str = ""
    number: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    office: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Matter:
    aggregate: str
    subject: str
    parts: tuple[Part, ...]

    @property
    def began(self) -> dt.date:
        return self.parts[0].steps[0].day


def renamed(matter: Matter, names: Mapping[str, str]) -> Matter:
    """The matter under its new id, naming other matters by theirs."""
    def told(step: Step) -> Step:
        body = {key: names.get(value, value) if isinstance(value, str) else value for key, value in step.body.items()}
        return replace(step, body=body)

    parts = tuple(replace(part, steps=tuple(map(told, part.steps))) for part in matter.parts)
    return replace(matter, subject=names[matter.subject], parts=parts)


def until(matters: Sequence[Matter], day: dt.date) -> list[Matter]:
    """What of them had happened by the end of a day."""
    made = []
    for matter in matters:
        parts = [Part(part.office, tuple(step for step in part.steps if step.day <= day)) for part in matter.parts]
        if parts[0].steps:
            made.append(replace(matter, parts=tuple(part for part in parts if part.steps)))
    return made


def steps_of(matters: Sequence[Matter]) -> int:
    return sum(len(part.steps) for matter in matters for part in matter.parts)


def ms_of(day: dt.date, hour: int = 9) -> int:
    return int(dt.datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI).timestamp() * 1000)


FAMILY = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"


@dataclass(slots=True)
class Teller:
    """The dice of one year. `villages` and `townships` are the offices that have DEMO devices."""

    year: int
    seed: str
    county: str
    townships: Sequence[str]
    villages: Sequence[str]
    chance: random.Random = field(init=False)
    count: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(f"{self.seed}:{self.year}")

    def subject(self, day: dt.date) -> str:
        """A name of a matter within the plan; its id is made when all are told."""
        self.count += 1
        text = f"{self.seed}:{self.year}:{self.count}"
        return new_ulid(ms_of(day) + self.count, hashlib.sha256(text.encode()).digest()[:10])

    def day_of_year(self, last: tuple[int, int] = (12, 10)) -> dt.date:
        start, end = dt.date(self.year, 1, 3), dt.date(self.year, *last)
        return CALENDAR.next_workday(start + DAY * self.chance.randrange((end - start).days))

    def later(self, day: dt.date, low: int, high: int) -> dt.date:
        """A working day some calendar days on."""
        return CALENDAR.next_workday(day + DAY * self.chance.randint(low, high))

    def workdays(self, day: dt.date, count: int) -> dt.date:
        return CALENDAR.add_workdays(day, count)

    def person(self) -> str:
        """An invented name that no other matter has."""
        self.count += 1
        return f"演示{self.chance.choice(FAMILY)}某{self.year % 100}{self.count:04d}"

    def weighted(self, choices: Mapping[Any, int]) -> Any:
        return self.chance.choices(list(choices), weights=list(choices.values()))[0]

    def office(self) -> str:
        """Where a dispute comes up: 72 of 100 in a village, 24 in a township, the others with the county."""
        dice = self.chance.random()
        if dice < 0.72 and self.villages:
            return self.chance.choice(self.villages)
        return self.chance.choice(self.townships) if dice < 0.96 and self.townships else self.county

    def shuffled(self, choices: Mapping[Any, int]) -> list[Any]:
        """Each choice as often as it says, in any order: for counts that must be exact."""
        found = [key for key, n in choices.items() for _ in range(n)]
        self.chance.shuffle(found)
        return found

    def spread(self, total: int, over: int) -> list[int]:
        """`total` as a sum of `over` numbers of at least 1."""
        found = [1] * over
        for _ in range(total - over):
            # a third of the rest falls on one in twenty: group visits
            place = self.chance.randrange(over if self.chance.random() < 0.66 else max(1, over // 20))
            found[place] += 1
        return found
