"""DEMO petitions and legal-aid matters of one year. Pure and seeded; counts per channel and unit are exact."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from county_hub.demo.stories import DAY, Matter, Part, Quotas, Step, Teller

CATEGORIES = {"agriculture": 30, "natural_resources": 22, "urban_construction": 16, "labour": 18, "transport": 6, "health": 5,
              "other": 3}
MATTERS = {"wages": 34, "support": 18, "work_injury": 12, "traffic_injury": 10, "marriage_family": 12, "land": 6, "criminal": 7,
           "other": 1}
# Ratings count in the year in which they are given; who is answered after this day is not asked any more in the DEMO.
_LAST_RATING = (12, 20)


def petitions(teller: Teller, quotas: Quotas) -> Iterator[Matter]:
    rows = [*_rows(teller, "letter_visit", quotas.letter_visit), *_rows(teller, "online", quotas.online)]
    teller.chance.shuffle(rows)
    days = sorted(teller.day_of_year((12, 24)) for _ in rows)
    rated, satisfied = quotas.petition_ratings
    verdicts = teller.shuffled({True: satisfied, False: rated - satisfied})
    subjects: list[str] = []
    for day, (channel, batches, persons) in zip(days, rows, strict=True):
        subject = teller.subject(day)
        yield Matter("petition", subject, (_petition(teller, day, channel, batches, persons, verdicts, subjects),))
        subjects.append(subject)
    assert not verdicts, f"{len(verdicts)} ratings found no petition"


def _rows(teller: Teller, channel: str, numbers: tuple[int, int, int]) -> list[tuple[str, int, int]]:
    """(channel, batches, person-times) of each item, with the exact sums."""
    items, batches, persons = numbers
    times = teller.spread(batches, items)
    crowd = teller.spread(persons - batches + items, items)     # each item has at least one person a batch
    return [(channel, t, t + c - 1) for t, c in zip(times, crowd, strict=True)]


def _petition(teller: Teller, day: dt.date, channel: str, batches: int, persons: int, verdicts: list[bool],
              earlier: list[str]) -> Part:
    chance = teller.chance
    office = chance.choice(teller.townships) if teller.townships and chance.random() < 0.3 else teller.county
    place = chance.choice(teller.villages) if teller.villages else office
    form = "online" if channel == "online" else chance.choice(("letter", "visit", "visit"))
    body: dict[str, Any] = {
        "channel": channel, "form": form, "category": teller.weighted(CATEGORIES), "place": {"office": place},
        "summary": "DEMO 演示数据：信访事项", "batches": batches, "person_times": persons,
    }
    if form == "visit" and persons > 1:
        body["representatives"] = min(5, persons)
    if form == "visit" and chance.random() < 0.04:
        body["skip_level_visit"] = True
    if earlier and chance.random() < 0.08:
        body["repeat_of"] = chance.choice(earlier)
    steps = [Step(day, "petition.registered", body, role="window_clerk", number=True)]
    # within the 15 and 60 days of the law, always: the newspaper's two rates of 100 %
    accepted = day + DAY * chance.randint(0, 12)
    answered = accepted + DAY * chance.randint(6, 55)
    steps.append(Step(accepted, "petition.accepted", {}, role="window_clerk"))
    steps.append(Step(answered, "petition.answered", {"answer": chance.choice(("opinion", "opinion", "mediation_agreement"))},
                      role="handler"))
    told = answered + DAY * chance.randint(1, 10)
    if verdicts and told <= dt.date(teller.year, *_LAST_RATING):
        score = chance.choice((3, 4, 4, 5)) if verdicts.pop() else chance.choice((1, 2, 2))
        steps.append(Step(told, "petition.rated", {"score": score, "channel": "phone"}, 1, "window_clerk"))
    return Part(office, tuple(steps))


def legal_aid(teller: Teller, quotas: Quotas) -> Iterator[Matter]:
    verdicts = teller.shuffled({True: quotas.legal_aid, False: quotas.legal_aid_refused})
    days = sorted(teller.day_of_year((12, 20)) for _ in verdicts)
    for day, granted in zip(days, verdicts, strict=True):
        place = teller.chance.choice(teller.villages) if teller.villages else teller.county
        steps = [Step(day, "legal_aid.registered", {
            "matter": teller.weighted(MATTERS), "place": {"office": place}, "summary": "DEMO 演示数据：法律援助申请",
        }, role="legal_aid_officer", number=True)]
        decided = day + DAY * teller.chance.randint(1, 7)
        steps.append(Step(decided, "legal_aid.decided", {"granted": granted}, role="legal_aid_officer"))
        if granted:
            appointed = decided + DAY * teller.chance.randint(0, 3)
            steps.append(Step(appointed, "legal_aid.appointed", {"lawyer": "演示律师"}, role="legal_aid_officer"))
        yield Matter("legal_aid", teller.subject(day), (Part(teller.county, tuple(steps)),))
