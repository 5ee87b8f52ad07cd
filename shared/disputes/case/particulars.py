"""What a case's registers ask beside the dispute itself: people and money involved, language, numbers of other systems, what was
prevented; and, of an old case taken over from a register, how it ended there. Frozen values."""

from __future__ import annotations

from dataclasses import dataclass

from shared.ledger import codes
from shared.ledger.texts import t

Date = str
NO_NUMBER = "row:"          # before the mark of a row that had no number where it came from


@dataclass(frozen=True, slots=True)
class OtherNumber:
    """The number of the matter elsewhere. `system`: code table `other_system`."""

    system: str
    number: str


@dataclass(frozen=True, slots=True)
class TakenOver:
    """A case that was handled before it came here. `ended`: nothing is left to do, so no clock runs. `profile`: of the exchange
    by which it came. `form`: written | oral, "" without an agreement."""

    profile: str
    ended: bool = False
    registered_on: Date | None = None
    accepted_on: Date | None = None
    agreed_on: Date | None = None
    closed_on: Date | None = None
    outcome: str = ""                   # code table `outcome`
    form: str = ""
    performance: str = ""               # code table `performance`
    file_no: str = ""


@dataclass(frozen=True, slots=True)
class Particulars:
    """None where nobody has said. `prevented`: codes of the table `prevented`."""

    people: int | None = None
    amount_fen: int | None = None
    language: str = ""                  # code table `language`
    foreign: bool | None = None         # 涉外
    stability: bool | None = None       # 涉稳
    prevented: tuple[str, ...] = ()
    elsewhere: tuple[OtherNumber, ...] = ()
    taken_over: TakenOver | None = None


def told(said: Particulars) -> tuple[str, ...]:
    """What is said, in words for a page; nothing for what nobody has said."""
    found = []
    if said.people is not None:
        found.append(t("particulars.people", n=said.people))
    if said.amount_fen is not None:
        found.append(t("particulars.amount", yuan=f"{said.amount_fen / 100:,.2f}"))
    if said.language:
        found.append(t("particulars.language", name=codes.name("language", said.language)))
    found += [t(f"particulars.{name}") for name in ("foreign", "stability") if getattr(said, name)]
    found += [codes.name("prevented", code) for code in said.prevented]
    found += [f"{codes.name('other_system', other.system)} {other.number}" for other in said.elsewhere
              if not other.number.startswith(NO_NUMBER)]
    if said.taken_over is not None:
        found.append(_came_from(said.taken_over))
    return tuple(found)


def _came_from(old: TakenOver) -> str:
    ended = [codes.name("outcome", old.outcome)] if old.outcome else []
    ended += [codes.name("performance", old.performance)] if old.performance else []
    days = "—".join(day for day in (old.registered_on, old.closed_on) if day)
    return t("particulars.taken_over", days=days, how="，".join(ended) or t("particulars.open")) if days or ended else t(
        "particulars.taken_over_plain")
