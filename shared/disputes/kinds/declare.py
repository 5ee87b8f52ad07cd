"""One declaration for each kind of event, on the body that it has: who may write it, from which state to which, its verb.

    @kind("case.recalled", who=at(county=STAFF), verb="recall", names="to", to_itself=True)
    class Recalled(Body):
        reason: Text
        to: OfficeId | None = None

Everything else is derived: the registry of bodies, the policy's table, the verbs, the lifecycle, what a line of the history puts
into words, whom an event brings in. What a kind *does* stands in its track (`shared.disputes.fold`, `@handles`), its words in
`catalogue/zh_CN/kinds.toml`. A declaration that does not fit its body is an error when it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from shared.disputes.rules.roles import Row
from shared.ledger.formats.fields import Body

B = TypeVar("B", bound=Body)


@dataclass(frozen=True, slots=True)
class Kind:
    """`who`: level -> roles (DOMAIN.md 7.3). `verb`: of a case, what a desk and a command line call it ("" none).
    `moves`: (states it may come from, state it leads to, "" = stays or is derived). `by`: "holder" counts only from the office
    that held the case in its author's view, "chain" also from offices above it, "" from anyone in the audience.
    `legal_fact`: beats administrative acts that its author had not seen (7.4 P1, P2). `own_fact`: may be added to an incomplete
    case. `codes`: field -> code table, checked when written. `line`: fields that the history puts into words, field -> table.
    `names`: where the body names offices that come in; `to_itself`: without it the author's own. `sealable`: the fold never
    needs what it says; `only_sealed`: an open body of it is none. `newer`: fields (`parties.id_kind`: of a part) that came after
    schema 1 -> the schema that brought them; a body that says nothing of them is written as before, so that older programs
    read it."""

    name: str
    body: type[Body]
    who: Row
    verb: str = ""
    moves: tuple[frozenset[str], str] | None = None
    by: str = ""
    legal_fact: bool = False
    own_fact: bool = False
    codes: Mapping[str, str] = field(default_factory=dict)
    line: Mapping[str, str] = field(default_factory=dict)
    names: str | tuple[str, ...] = ()
    to_itself: bool = False
    sealable: bool = False
    newer: Mapping[str, int] = field(default_factory=dict)
    only_sealed: bool = False

    @property
    def schema(self) -> int:
        """The newest."""
        return max(self.newer.values(), default=1)


KINDS: dict[str, Kind] = {}


def kind(name: str, *, who: Row, verb: str = "", moves: tuple[frozenset[str], str] | None = None, by: str = "",
         legal_fact: bool = False, own_fact: bool = False, codes: Mapping[str, str] | None = None,
         line: Mapping[str, str] | tuple[str, ...] = (), names: str | tuple[str, ...] = (), to_itself: bool = False,
         sealable: bool = False, newer: Mapping[str, int] | None = None, only_sealed: bool = False
         ) -> Callable[[type[B]], type[B]]:
    """Declares a kind with the class below as its body. `line` may name fields alone whose table `codes` says."""
    coded = dict(codes or {})
    told = dict(line) if isinstance(line, Mapping) else {one: coded[one] for one in line}

    def declare(body: type[B]) -> type[B]:
        made = Kind(name, body, who, verb, moves, by, legal_fact, own_fact, coded, told, names, to_itself,
                    sealable or only_sealed, dict(newer or {}), only_sealed)
        _check(made)
        KINDS[name] = made
        return body

    return declare


def _check(made: Kind) -> None:
    """Raises ValueError naming what does not fit."""
    named = [made.names] if isinstance(made.names, str) else list(made.names[:1])
    lacking = {*made.codes, *made.line, *named, *(path.partition(".")[0] for path in made.newer)} - set(made.body.model_fields)
    if made.name in KINDS:
        raise ValueError(f"{made.name} is declared twice")
    if lacking:
        raise ValueError(f"{made.name}: its body has no field {', '.join(sorted(lacking))}")
    if made.by not in ("", "holder", "chain"):
        raise ValueError(f"{made.name}: by is holder, chain or nothing, not {made.by}")
    if made.verb and any(other.verb == made.verb for other in KINDS.values()):
        raise ValueError(f"{made.name}: the verb {made.verb} is taken")
