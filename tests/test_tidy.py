"""Style is a test: import contracts, sizes, and that every command is documented."""

from __future__ import annotations

import ast
import re
import subprocess
import sysconfig
from collections.abc import Collection, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("sync", "shared", "village_node", "county_hub")
MODULE_LINES = 400
FUNCTION_LINES = 40
FUNCTION_LINES_AT_MOST = 70      # a few tables of contents and argument parsers may reach this
FOLDER_MODULES = 25
LEFTOVERS = ("_more", "_utils", "_misc")     # a module named by what was left over says nothing of what is in it


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module


def targets(path: Path, known: Collection[str]) -> Iterator[str]:
    """The modules of ours that a module imports, by their full names."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield from (wanted for wanted in (name if name in known else node.module,) if wanted in known)


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
            start = (first.end_lineno or first.lineno) if documented else node.lineno
            yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", (node.end_lineno or 0) - start + 1


def test_the_import_contracts_of_pyproject_are_kept() -> None:
    """In a process of its own: its set-up of the log puts every logger out that there is, ours too."""
    lint = Path(sysconfig.get_path("scripts")) / "lint-imports"
    told = subprocess.run([lint, "--no-logo", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr


def test_no_module_leads_back_to_itself() -> None:
    """Imports for types alone and inside functions count too: they hide a circle, they do not open it."""
    known = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for package in PACKAGES for path in modules(package)}
    sorter = TopologicalSorter({name: set(targets(path, known)) - {name} for name, path in known.items()})
    try:
        sorter.prepare()
    except CycleError as circle:
        pytest.fail(" -> ".join(circle.args[1]))


def test_a_folder_holds_at_most_25_modules_and_none_is_named_by_leftovers() -> None:
    found: dict[Path, list[str]] = {}
    for path in (path for package in PACKAGES for path in modules(package) if path.name != "__init__.py"):
        found.setdefault(path.parent, []).append(path.stem)
    assert not {str(folder.relative_to(ROOT)): len(names) for folder, names in found.items() if len(names) > FOLDER_MODULES}
    assert not [name for names in found.values() for name in names if name.endswith(LEFTOVERS)]


def test_package_init_files_do_not_import_the_window() -> None:
    for package in PACKAGES:
        for path in (ROOT / package).rglob("__init__.py"):
            assert not any(name.split(".")[0] == "kivy" for name in imports(path)), path


@pytest.mark.parametrize("package", PACKAGES)
def test_modules_stay_small(package: str) -> None:
    sizes = {str(p.relative_to(ROOT)): len(p.read_text(encoding="utf-8").splitlines()) for p in modules(package)}
    assert not {name: n for name, n in sizes.items() if n > MODULE_LINES}


@pytest.mark.parametrize("package", PACKAGES)
def test_functions_stay_small(package: str) -> None:
    sizes = [(name, lines) for path in modules(package) for name, lines in functions(path)]
    assert not [entry for entry in sizes if entry[1] > FUNCTION_LINES_AT_MOST]
    large = [entry for entry in sizes if entry[1] > FUNCTION_LINES]
    assert len(large) <= max(1, len(sizes) // 100), large


def test_no_file_names_a_registry_or_a_path_of_one_machine() -> None:
    hosts = ("registry." + "npmjs", "files." + "pythonhosted", "/ro" + "ot/", "deb." + "debian")
    checked = [path for path in ROOT.iterdir() if path.is_file()]
    checked += [path for folder in (*PACKAGES, "tests", "docs", "deploy", ".ci") for path in (ROOT / folder).rglob("*")]
    pictures = {".png", ".pyc", ".xlsx", ".pdf", ".replica", ".sqlite"}
    for path in checked:
        if path.is_file() and "node_modules" not in path.parts and path.suffix not in pictures:
            text = path.read_text(encoding="utf-8", errors="replace")
            assert not [h for h in hosts if h in text], path


def test_every_command_is_documented() -> None:
    import subprocess
    import sys

    documented = (ROOT / "docs" / "COMMANDS.md").read_text(encoding="utf-8")
    for module in ("sync", "county_hub", "village_node"):
        shown = subprocess.run(
            [sys.executable, "-m", module, "--help"], capture_output=True, text=True, cwd=ROOT, timeout=60
        )
        assert shown.returncode == 0, shown.stderr
        names = re.findall(r"^ {4}([a-z][a-z-]*)(?: |$)", shown.stdout, flags=re.MULTILINE)
        assert names, shown.stdout
        program = {"sync": "python -m sync", "county_hub": "county-hub", "village_node": "village-node"}[module]
        for name in names:
            assert f"{program} {name}" in documented, f"docs/COMMANDS.md does not name `{program} {name}`"
