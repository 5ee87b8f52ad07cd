"""How long people may sit down at a device that has not reached the county: each whole round renews it (setting `sign_in_days`).

A device that was lost, and one whose people were dismissed, is not in use for ever; what lies on it is still sent, for rounds go
on without anybody at the desk. Begins with the enrolment or the first round, by the corrected clock, which never shows less than
the last contact: a clock that is wrong for once ends no lease for good. Must not know: PINs.
"""

from __future__ import annotations

from village_node.point import limits
from village_node.point.home import Home

DAY_MS = 86_400_000
_STEP_MS = 3_600_000        # the sealed file is written anew at most once an hour


def days_of(setting: object) -> int:
    """The county's `sign_in_days` ({"days": n}), else the default."""
    days = setting.get("days") if isinstance(setting, dict) else None
    return days if isinstance(days, int) and 1 <= days <= limits.SIGN_IN_DAYS_MOST else limits.SIGN_IN_DAYS


def renew(home: Home, now: int, days: int = limits.SIGN_IN_DAYS) -> None:
    """The county was reached at `now` (ms, corrected)."""
    until = now + days * DAY_MS
    if abs(_until(home) - until) >= _STEP_MS:
        home.change_secrets(lambda _known: {"lease": {"until": until}})


def is_over(home: Home, now: int) -> bool:
    """Whether nobody may sit down before the next whole round."""
    until = _until(home)
    return bool(until) and now > until


def _until(home: Home) -> int:
    return int((home.secrets().get("lease") or {}).get("until") or 0)
