"""Coverage-guided fuzzing for `MINUTES` minutes in all; a finding leaves its file in test-output/fuzz."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
OUTPUT = HERE.parents[1] / "test-output" / "fuzz"
SECONDS = int(float(os.environ.get("MINUTES", "10")) * 60 / 4)

pytestmark = pytest.mark.soak


@pytest.mark.parametrize("target", ["body", "feed", "file", "request"])
def test_no_input_brings_more_than_a_clear_word(target):
    pytest.importorskip("atheris")
    OUTPUT.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [sys.executable, str(HERE / "fuzz_wire.py"), target, f"-max_total_time={SECONDS}", f"-artifact_prefix={OUTPUT}/"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
