"""The files in examples/ are quantizers that work here, and are named where people look for them."""

import ast
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
import torch
from paths import ROOT

from rfsq.commands.cli import main
from rfsq.evidence.doctor import examine
from rfsq.quantizers.foreign import Foreign, Reference
from rfsq.quantizers.foreign.fit import fit_foreign

DIM = 5
SMALL = {"codes": 64}  # what learned codebooks are made with here, to be quick
EXAMPLES: dict[str, tuple[dict[str, int], float]] = {  # options, and the bits of a token that they make
    "own.py:RotatedSigns": ({}, 5),
    "fsq.py:fsq": ({}, 10),
    "lfq.py:lfq": ({}, 5),
    "residual_fsq.py:residual_fsq": ({}, 40),
    "residual_lfq.py:residual_lfq": ({}, 40),
    "residual_vq.py:residual_vq": (SMALL | {"stages": 2}, 12),
    "rotation_trick.py:rotation_trick": (SMALL, 6),
    "sim_vq.py:sim_vq": (SMALL, 6),
    "vector_quantize.py:vector_quantize": (SMALL, 6),
}


@pytest.mark.parametrize("place", EXAMPLES)
def test_an_example_quantizes_decodes_and_is_examined(place: str) -> None:
    if not place.startswith("own"):
        pytest.importorskip("vector_quantize_pytorch")
    options, bits = EXAMPLES[place]
    foreign = Foreign(Reference(f"{ROOT / 'examples' / place}", options).make(DIM), DIM)
    assert foreign.bits_per_token == bits
    z = torch.randn(16, DIM, 8, 8, generator=torch.Generator().manual_seed(0))
    facts = fit_foreign(foreign, z, steps=3)
    with torch.no_grad():
        output = foreign(z)
        torch.testing.assert_close(foreign.decode(output.indices), output.quantized, rtol=1e-4, atol=1e-5)
    assert (output.quantized - z).square().mean() < z.square().mean()
    verdicts = {line.check: line.verdict for line in examine(foreign, z)}
    for check in ("index range", "index ↔ code", "side information", "gradient", "same indices: not contiguous"):
        assert verdicts[check] == "green", check
    if place.startswith("own"):
        assert "red" not in verdicts.values() and not facts.steps


README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted(set(re.findall(r"^    python -m rfsq (doctor --quantizer examples/[^\s#]+)", README, re.MULTILINE)))


def test_the_readme_has_a_command_for_each_example_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    places = [shlex.split(command)[-1] for command in COMMANDS]
    assert sorted(places) == sorted(f"examples/{place}" for place in EXAMPLES)
    for place in places:
        name = place.rpartition(":")[2]
        tree = ast.parse(Path(place.partition(":")[0]).read_text(encoding="utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["RotatedSigns", "lfq"])
def test_a_command_of_the_readme_runs(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """One of our own and one of the others', on few latents; what all of them do here is tested above, in this process."""
    if name != "RotatedSigns":
        pytest.importorskip("vector_quantize_pytorch")
    [command] = [each for each in COMMANDS if each.endswith(f":{name}")]
    monkeypatch.chdir(ROOT)
    few = np.random.default_rng(0).normal(size=(20, DIM, 8, 8)).astype(np.float32)
    np.save(tmp_path / "few.npy", few)
    code = main([*shlex.split(command), "--latents", str(tmp_path / "few.npy")])
    red, yellow, green = map(
        int, re.findall(r"^(\d+) red, (\d+) yellow, (\d+) green$", capfd.readouterr().out, re.MULTILINE)[0]
    )
    assert code == int(red > 0) and yellow + green > 10


@pytest.mark.parametrize("script", ["bench_examples.sh", "doctor_examples.sh"])
def test_the_scripts_that_write_the_docs_ask_every_example_and_are_in_the_readme(script: str) -> None:
    text = (ROOT / "tools" / script).read_text(encoding="utf-8")
    for place in EXAMPLES:
        file, name = place.split(".py:")
        assert place in text or (file == name and f"wrapped {name})" in text), place
    for document in (README, (ROOT / "docs" / "own_quantizers.md").read_text(encoding="utf-8")):
        assert f"`sh tools/{script}" in document


def test_every_example_is_in_the_docs_with_its_command() -> None:
    text = (ROOT / "docs" / "own_quantizers.md").read_text(encoding="utf-8")
    files = sorted((ROOT / "examples").glob("*.py"))
    assert {file.name for file in files} == {Path(place.partition(":")[0]).name for place in EXAMPLES}
    for place in EXAMPLES:
        assert f"rfsq doctor --quantizer examples/{place}" in text
        documented = ast.get_docstring(ast.parse((ROOT / "examples" / place.partition(":")[0]).read_text("utf-8")))
        assert documented and f"--quantizer examples/{place}" in documented
