"""Pages around one case: who had it and has it now, whom and how it is proposed to mediate, what looks like the same dispute."""

from __future__ import annotations

from typing import Any

from shared.disputes.case.chain import Link
from shared.ledger import codes
from shared.ledger.texts import t
from village_node.desk.present import short_number
from village_node.view_models.around.cards import MOST, Button, CardPage, InfoCard
from village_node.view_models.next_step import day_words

_TONES = {"overdue": "bad", "warning": "warn"}


def case_tools(desk: Any, case: str) -> CardPage:
    return CardPage(t("around.tools"), (*_chain(desk, case), *_proposal(desk, case), *_alike(desk, case)))


def _chain(desk: Any, case: str) -> tuple[InfoCard, ...]:
    return tuple(_link(desk, link) for link in desk.chain(case))


def _link(desk: Any, link: Link) -> InfoCard:
    where = desk.office_name(link.office)
    role = codes.names("role").get(link.level) or t(f"app.level.{link.level}")
    now, today = link.until is None, desk.today()
    who, since = desk.staff_name(link.actor), day_words(link.since, today)
    lines = [t("around.since", who=who, since=since) if now
             else t("around.was", who=who, since=since, until=day_words(link.until or "", today))]
    lines += [t("around.asked", who=_asked(desk, asked.to), on=day_words(asked.on, today), reason=asked.reason) + t(
        f"around.answer_{asked.answer or 'waiting'}", due=day_words(asked.due_date, today) if asked.due_date else "—",
        reason=asked.answer_reason) for asked in link.asked]
    return InfoCard(f"{role}　{where}", tuple(lines), t("around.has_now") if now else t("around.had"),
                    _TONES.get(link.state, "info") if now else "good", "account-tie" if now else "check-circle")


def _asked(desk: Any, to: str) -> str:
    return str(codes.names("role").get(to) or desk.office_name(to))


def _proposal(desk: Any, case: str) -> tuple[InfoCard, ...]:
    found = desk.propose(case)
    best = [m for m in found.roster if m.staff in found.mediators]
    others = [m for m in found.roster if m.staff not in found.mediators][:4]
    cards = [InfoCard(t("around.method", name=codes.name("mediation_type", found.method)), (found.method_reason,),
                      t("around.proposed"), "info", "scale-balance")]
    cards += [InfoCard(m.name, ("；".join(m.reasons) or found.mediator_reason,), t("around.proposed"), "good", "account-tie")
              for m in best]
    cards += [InfoCard(m.name, ("；".join(m.reasons),), "", "plain", "account-circle-outline") for m in others]
    return tuple(cards)


def _alike(desk: Any, case: str) -> tuple[InfoCard, ...]:
    return tuple(alike_card(desk, row) for row in desk.duplicates(case))


def alike_card(desk: Any, row: dict[str, Any]) -> InfoCard:
    """Two cases that look like one dispute: the question, and both answers."""
    both, directory = (row["primary"], row["other"]), desk.node.directory
    first, second = (short_number(directory, row[f"{name}_number"], row[name]) for name in ("primary", "other"))
    return InfoCard(
        t("around.alike", a=first, b=second),
        (row["task"], t("around.alike_why", names="、".join(row["parties"]), days=row["days_apart"],
                        place=desk.office_name(row["place"]) if row["place"] else "")),
        t("around.decide", who=row["adjudicator_name"]), "warn", "content-duplicate",
        (Button(t("around.look"), "case", (row["other"],)), Button(t("around.not_same"), "dismiss", both),
         Button(t("around.same"), "merge", both)))


def duplicates(desk: Any) -> CardPage:
    """The closest in time; a decision brings the next."""
    rows, total = desk.first_duplicates(MOST)
    return CardPage(t("around.duplicates_n", n=total), tuple(alike_card(desk, row) for row in rows), t("around.no_duplicates"),
                    t("around.more_pairs", n=total - len(rows)) if total > len(rows) else "")
