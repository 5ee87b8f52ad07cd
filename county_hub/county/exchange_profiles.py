"""The profile of another system, with the county's own rows where its HOME has some (`exchange/<profile>.toml`)."""

from __future__ import annotations

from pathlib import Path

from county_hub.hub.problems import UsageProblem
from shared.disputes.exchange.mappings import Profile, profile
from shared.disputes.exchange.overlays import MOST_BYTES, BadOverlay
from shared.ledger.os_words import os_reason
from shared.ledger.texts import t


def profile_of(home: Path, name: str) -> tuple[Profile, Path | None]:
    """The profile, and the file of own rows that it holds. Raises `UsageProblem`."""
    file = home / "exchange" / f"{name}.toml"
    if not file.is_file():
        return profile(name), None
    try:
        if file.stat().st_size > MOST_BYTES:
            raise OSError(t("exchange.overlay.shape", value=file.name))
        return profile(name, file.read_text(encoding="utf-8")), file
    except (OSError, UnicodeDecodeError) as error:
        reason = os_reason(error) if getattr(error, "errno", None) else t("exchange.overlay.shape", value=file.name)
        raise UsageProblem(t("exchange.overlay.unreadable", file=file, reason=reason)) from None
    except BadOverlay as wrong:
        raise UsageProblem(t("exchange.overlay.wrong", file=file, reason=wrong)) from None
