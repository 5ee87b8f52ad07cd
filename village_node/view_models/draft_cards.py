"""The cards of unfinished forms: what each says, without a window."""

from __future__ import annotations

from dataclasses import dataclass

from shared.disputes.acts.refusal import act_title
from shared.disputes.acts.verbs import REGISTER, VERBS
from shared.ledger.texts import t
from village_node.point.drafts import Draft, DraftKey
from village_node.view_models.intake.answers import REVIEW
from village_node.view_models.sync_bar import when


@dataclass(frozen=True, slots=True)
class DraftCardModel:
    key: DraftKey
    title: str
    line: str
    saved: str


def kind_of(key: DraftKey) -> str:
    """What the form becomes when it is saved: the verb of an act on a case has its kind, a step of a record is one."""
    named, _, what = key.form.partition(":")
    return VERBS.get(what, what) if named == "act" else REGISTER


def draft_card(draft: Draft, now_ms: int) -> DraftCardModel:
    kind = kind_of(draft.key)
    title = t("app.draft.act", what=act_title(kind)) if kind != REGISTER else t("app.draft.intake")
    line = draft.title.partition("　")[2] if kind != REGISTER else draft.title
    step = (draft.words.get("answers") or {}).get("step")
    if isinstance(step, int) and 0 <= step <= REVIEW:
        line = "　".join(part for part in (line, t("intake.step.card", n=min(step + 1, REVIEW))) if part)
    saved = t("app.draft.saved", when=when(draft.saved_at, now_ms))
    return DraftCardModel(draft.key, title, line or t("app.draft.nothing"), saved)
