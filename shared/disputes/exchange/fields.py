"""The fields of the columns: what kind of value each is, and which code table names it where a profile does not."""

from __future__ import annotations

from collections.abc import Mapping

DAYS = frozenset({"registered_on", "occurred", "accepted_on", "agreed_on", "closed_on", "answered_on"})
NUMBERS = frozenset({"people", "applicant_age", "respondent_age", "batches", "person_times", "representatives"})
MONEY = frozenset({"amount"})
YES_NO = frozenset({"foreign", "stability", "abnormal_visit", "skip_level_visit", "repeat"})
LISTS = frozenset({"prevented"})        # several codes in one cell

# Field -> our code table, its names in the cells of a profile that does not translate it.
CODES: Mapping[str, str] = {
    "category": "category", "subcategory": "subcategory", "source": "case_source", "entrusting_body": "entrusting_body",
    "difficulty": "difficulty", "language": "language", "mediation_type": "mediation_type", "outcome": "outcome",
    "performance": "performance", "prevented": "prevented", "risk": "risk", "satisfaction": "satisfaction",
    "confirmation": "confirmation", "applicant_id_kind": "identity_paper", "respondent_id_kind": "identity_paper",
    "channel": "petition_channel", "state": "record_state",
}
# Fields that a form names in other words than a code table.
WORDS: Mapping[str, Mapping[str, str]] = {
    "form": {"written": "书面协议", "oral": "口头协议"},
    "applicant_gender": {"male": "男", "female": "女"}, "respondent_gender": {"male": "男", "female": "女"},
}
# What another system is told and what is never taken from it: it follows from the rest, or is proven by acts alone.
DERIVED = frozenset({"title", "scale", "nature", "committee", "holder_name", "satisfaction", "confirmation", "mediation_type",
                     "state", "repeat", "answered_on"})
