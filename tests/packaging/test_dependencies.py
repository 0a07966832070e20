"""The ranges in pyproject.toml, the tested set in the requirements files, and what the code imports: they agree."""

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from imports import MODULES, imports, reached
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from paths import CHECKPOINTS, ROOT
from PIL import Image
from smooth import smooth_photo

from rfsq.commands.cli import COMMANDS, EXTRAS as COMMAND_EXTRAS

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
DISTRIBUTIONS = packages_distributions()

# What works with which extra: the modules (and all inside them) that must import with the core and that extra alone.
USES = {
    "core": ("quantizers", "metrics", "photos", "model", "codec", "evidence", "style", "machine"),
    "app": ("app", "figures", "commands.app", "commands.live"),
    "notebooks": ("teaching", "figures"),
    "train": ("training", "commands.train", "commands.tables"),
    "onnx": ("model.export", "commands.export"),
    "dev": ("commands.benchmark",),
}


def requirements(extra: str) -> list[Requirement]:
    """What the package asks for with an extra, the core included and extras of its own resolved."""
    found = [Requirement(text) for text in PROJECT["dependencies"] + ([] if extra == "core" else EXTRAS[extra])]
    own = [requirement for requirement in found if requirement.name == "rfsq"]
    return [r for r in found if r.name != "rfsq"] + [
        r for one in own for other in one.extras for r in requirements(other)
    ]


def pinned(file: str) -> dict[str, str]:
    """The exact versions in a requirements file, by canonical name."""
    found = {}
    for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
        text = line.partition("#")[0].strip()
        if text.startswith("-r "):
            found |= pinned(text[3:])
        elif text:
            name, version = re.fullmatch(r"([\w.-]+)==([\w.]+)", text).groups()
            found[canonicalize_name(name)] = version
    return found


@pytest.mark.parametrize(
    ("extra", "file"),
    [(extra, "requirements.txt") for extra in ("core", "app", "notebooks", "train")]
    + [(extra, "requirements-dev.txt") for extra in EXTRAS if extra not in ("app", "notebooks", "train")],
)
def test_the_tested_set_has_every_dependency_within_its_range(extra: str, file: str) -> None:
    versions = pinned(file)
    for requirement in requirements(extra):
        assert canonicalize_name(requirement.name) in versions, f"{requirement.name} is not in {file}"
        assert versions[canonicalize_name(requirement.name)] in requirement.specifier, requirement


def distributions(module: str) -> set[str]:
    """Canonical names of what has to be installed for `import module`."""
    return {canonicalize_name(name) for name in DISTRIBUTIONS[module.partition(".")[0]]}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_starts_with_the_extra_that_it_says_it_needs(command: str) -> None:
    declared = {
        canonicalize_name(requirement.name) for requirement in requirements(COMMAND_EXTRAS.get(command, "core"))
    }
    modules = reached([f"rfsq.commands.{command}"])
    assert not {m for m in modules if m.partition(".")[0] != "rfsq" and not distributions(m) & declared}


@pytest.mark.parametrize("extra", USES)
def test_what_an_extra_is_for_imports_with_it(extra: str) -> None:
    homes = tuple(f"rfsq.{home}" for home in USES[extra])
    modules = [module for module in MODULES if module in homes or module.startswith(tuple(f"{h}." for h in homes))]
    declared = {canonicalize_name(requirement.name) for requirement in requirements(extra)}
    missing = {m for m in reached(modules) if m.partition(".")[0] != "rfsq" and not distributions(m) & declared}
    assert modules and not missing


def test_every_import_is_declared_by_some_extra() -> None:
    declared = {canonicalize_name(r.name) for extra in ("core", *EXTRAS) for r in requirements(extra)}
    for module in MODULES:
        for name in imports(module):
            assert name.partition(".")[0] == "rfsq" or distributions(name) & declared, f"{module} imports {name}"


@pytest.mark.slow
def test_core_commands_run_where_no_extra_is_installed(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    Image.fromarray(smooth_photo(40, 48, 0)).save(tmp_path / "photos" / "photo.png")
    extras = {canonicalize_name(r.name) for extra in EXTRAS for r in requirements(extra)} - {
        canonicalize_name(r.name) for r in requirements("core")
    }
    blocked = [
        module for module, names in DISTRIBUTIONS.items() if {canonicalize_name(name) for name in names} <= extras
    ]
    assert {"streamlit", "plotly", "accelerate", "webdataset", "ipywidgets"} <= set(blocked)
    script = f"""
import sys
sys.modules.update(dict.fromkeys({blocked!r}))  # None: importing it raises ImportError
from rfsq.commands.cli import main
for command in (
    "models", "reconstruct photos/photo.png out.png --model fsq-40", "compress photos/photo.png photo.rfsq --model fsq-40",
    "info photo.rfsq", "decompress photo.rfsq back.png", "evaluate --images photos --models fsq-40 --json scores.json",
):
    assert main(command.split()) == 0, command
for command in ("app", "train --config fsq-40 --data photos --out runs"):
    try:
        main(command.split())
    except SystemExit as stopped:
        assert stopped.code == 2, command
"""
    environment = {"PYTHONPATH": str(ROOT), "RFSQ_CHECKPOINTS": str(CHECKPOINTS), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    for command, name, extra in (("app", "streamlit", "app"), ("train", "accelerate", "train")):
        assert f'{command} needs {name}, which is not installed: pip install "rfsq[{extra}]"' in done.stderr
    [row] = json.loads((tmp_path / "scores.json").read_text())
    assert row["psnr_db"] > 20


QUANTIZERS_ALONE = """
import json, sys, time
import torch
after_torch, start = set(sys.modules), time.process_time()
from rfsq.quantizers import FSQ, LFQ, VQ, Residual
print(json.dumps([time.process_time(), time.process_time() - start, sorted(set(sys.modules) - after_torch)]))
"""


def test_quantizers_need_torch_alone_and_import_in_two_seconds() -> None:
    """Times are the process's own, as other programs may keep the cores busy; torch takes nearly all of it."""
    done = subprocess.run(
        [sys.executable, "-c", QUANTIZERS_ALONE], cwd=ROOT, capture_output=True, text=True, check=True
    )
    in_all, ours, modules = json.loads(done.stdout)
    others = {name.partition(".")[0] for name in modules} - sys.stdlib_module_names - {"rfsq", "torch"}
    assert others == set()
    assert ours < 0.2 and in_all < 2.0
