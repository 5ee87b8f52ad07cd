"""How long people may sit down at a device that has not reached the county: each whole round renews it (setting `sign_in_days`).

A device that was lost, and one whose people were dismissed, is not in use for ever; what lies on it is still sent, for rounds go
on without anybody at the desk. A clock set back does not lengthen it: the latest moment ever seen counts. Must not know: PINs.
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


def renew(home: Home, now: int, days: int) -> None:
    """The county was reached at `now` (ms, corrected)."""
    until = now + days * DAY_MS
    if abs(_read(home)[0] - until) >= _STEP_MS:
        home.change_secrets(lambda known: {"lease": {"until": until, "seen": now}})


def is_over(home: Home, now: int, days: int) -> bool:
    """Whether nobody may sit down before the next whole round."""
    until, seen = _read(home)
    if not until:                              # from before there were leases
        renew(home, now, days)
        return False
    if now - seen >= _STEP_MS:
        home.change_secrets(lambda known: {"lease": {"until": until, "seen": now}})
    return max(now, seen) > until


def _read(home: Home) -> tuple[int, int]:
    found = home.secrets().get("lease") or {}
    return int(found.get("until") or 0), int(found.get("seen") or 0)
