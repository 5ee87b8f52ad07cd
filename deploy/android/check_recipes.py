"""Asks buildozer and python-for-android themselves, as far as they answer without SDK and NDK: is each key of buildozer.spec one
that buildozer knows, and do the recipes of all requirements fit together?  Exit code 1 with a line for each that does not.

pip install buildozer python-for-android && python deploy/android/check_recipes.py
"""

from __future__ import annotations

import configparser
import os
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    spec = configparser.ConfigParser(interpolation=None)
    spec.read(HERE / "buildozer.spec", "utf-8")
    wrong = [f"buildozer does not know {key}" for key in unknown(spec)]
    names = [re.split(r"[=<>]", text)[0].strip() for text in spec["app"]["requirements"].split(",")]
    try:
        order = recipes(names, spec["app"]["p4a.bootstrap"])
    except Exception as conflict:
        wrong.append(f"recipes: {conflict}")
    else:
        print("built:", *order)
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return 1 if wrong else 0


def unknown(spec: configparser.ConfigParser) -> list[str]:
    """Keys that stand in no comment of buildozer's own example."""
    import buildozer

    example = (Path(buildozer.__file__).parent / "default.spec").read_text("utf-8")
    known = set(re.findall(r"^#?\s*([a-z0-9_.]+)\s*=", example, re.MULTILINE))
    return [key for section in spec.sections() for key in spec[section] if key not in known]


def recipes(names: list[str], bootstrap: str) -> list[str]:
    """Names in the order in which they are built. Raises what python-for-android says."""
    os.environ.setdefault("SQLCIPHER3_SOURCE", "file:///not-fetched-here.tar.gz")
    from pythonforandroid.bootstrap import Bootstrap
    from pythonforandroid.build import Context
    from pythonforandroid.graph import get_recipe_order_and_bootstrap

    context = Context()
    context.local_recipes = str(HERE / "recipes")
    found: list[str] = get_recipe_order_and_bootstrap(context, names, Bootstrap.get_bootstrap(bootstrap, context))[0]
    return found


if __name__ == "__main__":
    sys.exit(main())
