"""What a device remembers of how it is shown."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from village_node.view_models import help as helping


def test_what_was_chosen_comes_back_and_damage_is_the_usual(tmp_path):
    file = tmp_path / "app.json"
    assert helping.read(file) == helping.Shown()
    helping.write(file, helping.Shown("large"))
    assert (helping.read(file).type, helping.read(file).scale) == ("large", 1.15)
    assert file.stat().st_mode & 0o777 == 0o600
    for text in ("", "[]", '{"type": "huge", "language": "../.."}', "{"):
        file.write_text(text)
        assert helping.read(file) == helping.Shown()


@pytest.mark.parametrize("type", list(helping.TYPES))
def test_letters_are_as_large_as_chosen_in_a_new_window(tmp_path, type):
    """Kivy reads the scale when it is imported."""
    helping.write(tmp_path / "app.json", helping.Shown(type))
    code = ("import os, sys; from village_node.view_models import help as h; from pathlib import Path\n"
            "os.environ['KIVY_METRICS_FONTSCALE'] = str(h.read(Path(sys.argv[1])).scale)\n"
            "from kivy.metrics import sp, dp; import json; print(json.dumps([sp(100), dp(100)]))")
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "app.json")], capture_output=True, text=True, check=True)
    letters, widths = json.loads(done.stdout.splitlines()[-1])
    assert letters == pytest.approx(100 * helping.TYPES[type])
    assert widths == 100
