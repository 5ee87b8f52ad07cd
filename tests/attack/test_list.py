"""The list of attacks is complete: every one says under which name it is refused, and docs/SECURITY.md names its subject."""

from __future__ import annotations

from tests.support.attacks import FOLDER, attacks


def test_every_attack_says_under_which_name_it_is_refused():
    nameless = [f"{attack.subject}: {attack.tried}" for attack in attacks() if not attack.refused_as]
    assert not nameless


def test_every_subject_stands_in_the_threat_model():
    text = (FOLDER.parents[1] / "docs" / "SECURITY.md").read_text(encoding="utf-8")
    subjects = {path.name for path in FOLDER.glob("test_*.py")} - {"test_list.py"}
    assert not [name for name in sorted(subjects) if f"tests/attack/{name}" not in text]
