"""The first fence, as a JavaScript engine runs it: what the county writes goes in, what cannot be a document of it does not."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from county_hub.couchdb.fence import NAMES, fence
from county_hub.couchdb.layout import Use
from tests.support.sync.foreign import NODE

ULID, H, REV = "01J" + "0" * 22 + "1", "a" * 26, "1-" + "0" * 32
EVENT = f"case:{ULID}:{'0' * 16}:{H}"
OURS: dict[Use, tuple[str, ...]] = {
    Use.RECORDS: (EVENT, f"receipt:150822100203-001:hub-150822-aa:{'0' * 10}", f"grant:{ULID}:000001", f"withdraw:{ULID}:000001",
                  f"refused:{ULID}:{H}", f"released:{ULID}:{H}"),
    Use.FILES: ("chunk:" + "0f" * 32,),
    Use.CLOSED: ("sealed:" + "0f" * 32,),
    Use.DIRECTORY: ("directory:0001-aabbccdd:00000001",),
    Use.DROP: (EVENT, "chunk:" + "0f" * 32, "sealed:" + "0f" * 32),
}
SCRIPT = """
const asked = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const answers = asked.map(([text, doc, old, roles]) => {
  try { eval('(' + text + ')')(doc, old, {name: 'x', roles: roles, db: 'd'}, {}); return ''; }
  catch (no) { return no.forbidden || 'ERROR ' + no; }
});
console.log(JSON.stringify(answers));
"""


def answers(asked: list[tuple[Use, dict[str, Any], Any, list[str]]]) -> list[str]:
    """What each fence says: nothing, or why not."""
    given = [[fence(use, "c-")["validate_doc_update"], doc, old, roles] for use, doc, old, roles in asked]
    done = subprocess.run([str(NODE), "-e", SCRIPT], input=json.dumps(given), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed")


def test_every_document_of_the_county_goes_in_and_nowhere_else():
    for role in ("_admin", "c-hub"):
        asked = [(use, {"_id": id, "_rev": REV}, None, [role]) for use in OURS for ids in OURS.values() for id in ids]
        expected = [id in OURS[use] for use in OURS for ids in OURS.values() for id in ids]
        assert [not said for said in answers(asked)] == expected


def test_what_is_malformed_or_edited_stays_out():
    base = {"_id": EVENT, "_rev": REV}
    asked = [
        (Use.RECORDS, {"_id": "case:1", "_rev": REV}, None, ["_admin"]),
        (Use.RECORDS, {"_id": EVENT + "x", "_rev": REV}, None, ["_admin"]),
        (Use.RECORDS, {"_id": EVENT}, None, ["_admin"]),
        (Use.RECORDS, {**base, "_rev": "2-" + "0" * 32}, None, ["_admin"]),
        (Use.RECORDS, base, {"_id": EVENT, "_rev": REV}, ["_admin"]),
        (Use.RECORDS, {**base, "_deleted": True}, None, ["_admin"]),
        (Use.RECORDS, {**base, "_attachments": {}}, None, ["_admin"]),
        (Use.RECORDS, base, None, ["c-reader"]),
        (Use.QUARANTINE, {"_id": "any"}, None, ["c-reader"]),
        (Use.MARKER, {"_id": "county"}, None, []),
    ]
    words = [said.partition(":")[0] for said in answers(asked)]
    assert words == ["wrong_place"] * 2 + ["fixed"] * 5 + ["not_a_writer"] * 3


def test_notes_are_edited_and_design_documents_are_the_servers():
    asked = [
        (Use.QUARANTINE, {"_id": "held:x", "_rev": "2-" + "0" * 32, "_deleted": True}, {"_id": "held:x"}, ["c-hub"]),
        (Use.MARKER, {"_id": "county", "_rev": "3-" + "0" * 32}, {"_id": "county"}, ["_admin"]),
        *((use, {"_id": "_design/county"}, None, ["_admin"]) for use in NAMES),
    ]
    assert set(answers(asked)) == {""}
