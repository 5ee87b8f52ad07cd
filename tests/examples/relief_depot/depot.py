"""One depot: an opened HOME, what its people write, what is there, and how far each record has come.

    python -m tests.examples.relief_depot.depot HOME        orders on stdin, answers on stdout, one JSON array or object a line
"""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from shared.ledger.authoring import Act
from shared.ledger.errors import Refused
from shared.ledger.formats.envelope import Event
from tests.examples.relief_depot.domain import DEPOT, WRITERS, stock
from village_node.point import chain_check, delivery, opening
from village_node.point.clock import real_clock
from village_node.point.errors import NodeError
from village_node.point.sync_round import run_round

RECEIPT_WAIT_S = 60.0


class Depot:
    def __init__(self, home: str) -> None:
        self.node = opening.open_node(home, DEPOT, clock=real_clock(), random=secrets.token_bytes)
        self.office = self.node.config.office

    def write(self, person: str, kind: str, body: Mapping[str, Any], subject: str | None = None) -> Event:
        """Signed, and durable when this returns; no line is needed. Raises Refused naming what is wrong."""
        staff = self.node.directory.staff(person)
        role = next((role for role in (staff.roles if staff else ()) if role in WRITERS[kind]), None)
        if role is None:
            raise Refused("person", person, f"nobody of this name may write {kind} here", code="not_permitted")
        try:
            DEPOT.read_body(kind, 1, body)
        except ValidationError as wrong:
            raise Refused(str(wrong.errors()[0]["loc"]), None, wrong.errors()[0]["msg"]) from None
        chain_check.before_write(self.node)
        event = self.node.author.write(Act(kind, subject, body, actor=person, role=role))
        chain_check.after_write(self.node)
        return event

    def stock(self) -> dict[str, int]:
        return stock(self.node.tables.events(), self.office)

    def delivered(self) -> list[tuple[str, str]]:
        """(kind, delivery word) of each record of this device, in the order in which it was written."""
        book, kinds = delivery.book(self.node), {event.id: event.kind for event in self.node.tables.events(refused=True)}
        return [(kinds[own.id], book.of(own).label) for own in book.own]

    def arrived(self) -> list[list[Any]]:
        """[parcel, event, goods, pieces] of what other depots handed over to this one."""
        events = self.node.tables.events()
        goods = {e.subject: e.body["goods"] for e in events if e.kind == "parcel.received"}
        return [[e.subject, e.id, goods[e.subject], e.body["pieces"]] for e in events
                if e.kind == "parcel.handed_out" and e.body.get("depot") == self.office]

    def close(self) -> None:
        self.node.close()

    def sync(self) -> str:
        """One round with the hub; what came of it, in words. A bad line is no error: records are safe here. A line is rare at a
        depot, so the round stays for the receipt."""
        return run_round(self.node, receipt_wait_s=RECEIPT_WAIT_S).sentence


def main() -> None:
    depot = Depot(sys.argv[1])
    for line in sys.stdin:
        order, *values = json.loads(line)
        try:
            answer = getattr(depot, order)(*values)
            answer = [answer.subject, answer.id] if isinstance(answer, Event) else answer
        except (Refused, NodeError) as refusal:
            answer = {"refused": str(refusal)}
        print(json.dumps(answer, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
