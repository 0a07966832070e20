"""The files in examples/ are quantizers that work here, and are named where people look for them."""

import ast
from pathlib import Path

import pytest
import torch
from paths import ROOT

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


def test_every_example_is_in_the_docs_with_its_command() -> None:
    text = (ROOT / "docs" / "own_quantizers.md").read_text(encoding="utf-8")
    files = sorted((ROOT / "examples").glob("*.py"))
    assert {file.name for file in files} == {Path(place.partition(":")[0]).name for place in EXAMPLES}
    for place in EXAMPLES:
        assert f"rfsq doctor --quantizer examples/{place}" in text
        documented = ast.get_docstring(ast.parse((ROOT / "examples" / place.partition(":")[0]).read_text("utf-8")))
        assert documented and f"--quantizer examples/{place}" in documented
