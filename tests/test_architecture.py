"""The house stays in order: what ARCHITECTURE.md draws is what is there, and imports point down."""

import re
from collections.abc import Iterator
from itertools import pairwise

import pytest
from imports import MODULES, PACKAGE, imports
from paths import ROOT

TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
DRAWING = TEXT.split("```mermaid")[1].split("```")[0]
DRAWN = re.findall(r"^    \w+\[\"(\w+): ", DRAWING, re.MULTILINE)  # from top to bottom
FOLDERS = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()}


def folder(module: str) -> str:
    """The folder of the package that a module is in; "" for `rfsq` itself and `rfsq.__main__`."""
    parts = module.split(".")
    return parts[1] if parts[0] == "rfsq" and len(parts) > 1 and parts[1] in FOLDERS else ""


def arrows() -> Iterator[tuple[str, str]]:
    """(module, imported module) wherever an import crosses from folder to folder, imports within functions too."""
    for module in MODULES:
        for name in imports(module):
            if folder(module) and folder(name) and folder(module) != folder(name):
                yield module, name


def test_the_drawing_has_the_folders_that_there_are() -> None:
    assert sorted(DRAWN) == sorted(FOLDERS)


def test_imports_point_down_in_the_drawing_so_there_is_no_cycle() -> None:
    height = {name: row for row, name in enumerate(DRAWN)}
    upward = [(module, name) for module, name in arrows() if height[folder(module)] > height[folder(name)]]
    assert set(arrows()) and not upward


def test_modules_of_a_folder_import_each_other_without_a_cycle() -> None:
    below = {module: imports(module, at_once=True) & MODULES.keys() for module in MODULES}
    order: list[str] = []

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, f"a cycle: {' → '.join((*path, module))}"
        if module not in order:
            for name in sorted(below[module]):
                visit(name, (*path, module))
            order.append(module)

    for module in sorted(MODULES):
        visit(module, ())
    assert set(order) == set(MODULES)


def test_the_package_can_be_taken_in_at_a_glance() -> None:
    entries = [path.name for path in PACKAGE.iterdir() if path.name not in ("__pycache__", "shipped")]
    assert len(entries) <= 16, sorted(entries)


def test_the_tests_mirror_the_package() -> None:
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and any(path.glob("test_*.py"))}
    assert folders == FOLDERS | {"browser", "packaging"}


@pytest.mark.parametrize(("library", "home"), [("streamlit", "rfsq.app"), ("ipywidgets", "rfsq.teaching.widgets")])
def test_a_library_of_one_place_is_imported_there_alone(library: str, home: str) -> None:
    users = {module for module in MODULES if any(name.partition(".")[0] == library for name in imports(module))}
    assert users and all(f"{user}.".startswith(f"{home}.") for user in users)


def test_every_folder_says_what_it_answers() -> None:
    for name in FOLDERS:
        assert (PACKAGE / name / "__init__.py").read_text(encoding="utf-8").startswith('"""'), name


def test_places_that_the_page_names_are_there() -> None:
    for path in re.findall(r"`((?:rfsq|tests|checkpoints|notebooks|\.streamlit|app\.py)[\w./-]*)`", TEXT):
        assert (ROOT / path).exists(), path


def test_every_folder_of_the_package_is_named_on_the_page() -> None:
    named = set(re.findall(r"\w+", " ".join([*re.findall(r"`[^`\n]+`", TEXT), *DRAWN])))
    assert not {path.parent.name for path in PACKAGE.rglob("*.py")} - named - {PACKAGE.name}


def test_layers_are_drawn_from_top_to_bottom() -> None:
    [chain] = re.findall(r"^  (\w+(?: --> \w+)+)$", DRAWING, re.MULTILINE)
    layers = re.findall(r"subgraph (\w+)", DRAWING)
    assert chain.split(" --> ") == layers and len(list(pairwise(layers))) == 4
