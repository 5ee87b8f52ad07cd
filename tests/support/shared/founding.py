"""Events that found their subject, for tests that sign drafts themselves: one place makes the id, as `Author` does."""

from __future__ import annotations

from dataclasses import replace

from shared.ledger.formats.envelope import Draft
from shared.ledger.formats.founding import subject_of


def founded(draft: Draft) -> Draft:
    """The draft under the id that it proves; one with causes goes on in the subject it names."""
    return draft if draft.after else replace(draft, subject=subject_of(draft))
