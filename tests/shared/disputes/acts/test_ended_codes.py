"""A code that has ended is not written any more, on whatever command line it is typed, and stays readable."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.disputes.acts import drafts
from shared.disputes.acts.refusal import Refusal
from shared.ledger import codes


def test_an_ended_code_is_refused_in_words_from_the_day_after(monkeypatch: pytest.MonkeyPatch) -> None:
    table = codes.table("evidence_kind")
    code = next(iter(table.names))
    ended = replace(table, valid={code: {"from": "2020-01-01", "to": "2026-06-30"}})
    real = codes.table
    monkeypatch.setattr(codes, "table", lambda name: ended if name == "evidence_kind" else real(name))
    draft = {"title": "DEMO", "kind": code}
    assert drafts.check("case.evidence_added", draft, "2026-06-30")["kind"] == code
    assert drafts.check("case.evidence_added", draft)["kind"] == code, "what is only read is not asked"
    with pytest.raises(Refusal) as refused:
        drafts.check("case.evidence_added", draft, "2026-07-01")
    assert table.names[code] in refused.value.sentence
    assert "2026年6月30日" in refused.value.sentence
    assert refused.value.reason == "ended_code"
