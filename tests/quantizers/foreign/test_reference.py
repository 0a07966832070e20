"""Who names code runs it, and hears in one sentence what is wrong with it."""

from pathlib import Path

import pytest
import torch
from torch import nn

from rfsq.quantizers import FSQ
from rfsq.quantizers.foreign import Foreign, ForeignError, Reference

MINE = """
from helper import SIZE
from torch import nn
class Mine(nn.Module):
    def __init__(self, dim, levels=4):
        super().__init__()
        self.dim, self.levels = dim, levels
        self.codebook_size = SIZE
    @property
    def codebook(self):
        raise RuntimeError("not yet")
READY = Mine(3)
NUMBER = 7
def fails():
    return [][1]
class Signs:
    codebook_size, dim = 8, 3
    def __call__(self, z):  # (B, 3, h, w)
        digits = (z > 0).long()
        return 2.0 * digits - 1, digits[:, 0] + 2 * digits[:, 1] + 4 * digits[:, 2]
    def decode(self, indices):
        import torch
        return torch.stack([2.0 * (indices >> bit & 1) - 1 for bit in range(3)], dim=1)
"""


@pytest.fixture()
def file(tmp_path: Path) -> Path:
    (tmp_path / "helper.py").write_text("SIZE = 8")
    (tmp_path / "mine.py").write_text(MINE)
    return tmp_path / "mine.py"


def test_a_class_is_made_with_its_options_and_the_channels_if_it_asks_for_them(file: Path) -> None:
    made = Reference.parse(f"{file}:Mine", '{"levels": 5}').make(3)
    assert (made.dim, made.levels, made.codebook_size) == (3, 5, 8)
    assert Reference(f"{file}:Mine").make(3).levels == 4
    assert isinstance(Reference(f"{file}:READY").make(9), nn.Module)


def test_an_object_that_is_called_with_latents_will_do(file: Path) -> None:
    signs = Foreign(Reference(f"{file}:Signs").make(None), 3)
    output = signs(torch.tensor([1.0, -2.0, 3.0]).view(1, 3, 1, 1))
    assert output.indices.flatten().tolist() == [5] and signs.codebook_sizes == (8,)
    assert signs.decode(output.indices).equal(output.quantized)


def test_a_module_of_an_installed_package_is_found() -> None:
    reference = Reference.parse("rfsq.quantizers:FSQ", '{"levels": [8, 5, 5, 5]}')
    assert isinstance(reference.make(4), FSQ) and reference.dim() == 4
    assert reference.name == "FSQ([8,5,5,5])"


@pytest.mark.parametrize(
    ("place", "options", "sentence"),
    [
        ("mine.py", "", "FILE.py:NAME"),
        ("mine.py:not a name", "", "FILE.py:NAME"),
        ("{file}:Mine", "levels", "not JSON"),
        ("{file}:Mine", "[1]", "JSON object"),
        ("nowhere.py:Mine", "", "no file nowhere.py"),
        ("no_such_package.x:Mine", "", "no module no_such_package"),
        ("{file}:Yours", "", "no Yours"),
        ("{file}:NUMBER", "", "is int"),
        ("{file}:READY", '{"a": 1}', "takes no options"),
        ("{file}:Mine", '{"a": 1}', "making .*mine.py:Mine: TypeError"),
        ("{file}:fails", "", "mine.py:15, making .*IndexError"),
    ],
)
def test_what_cannot_be_used_ends_in_a_sentence(file: Path, place: str, options: str, sentence: str) -> None:
    with pytest.raises(ForeignError, match=sentence):
        Reference.parse(place.format(file=file), options).make(3)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("def f(:\n", r"broken.py:1, importing .*SyntaxError"),
        ("x = 1\ny = x / 0\n", r"broken.py:2, importing .*ZeroDivisionError"),
        ("import no_such_thing\n", r"broken.py:1, importing .*no_such_thing"),
        ("import sys\nsys.exit(3)\n", r"broken.py:2, importing .*sys.exit"),
    ],
)
def test_a_file_that_fails_is_told_by_its_line(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "broken.py").write_text(text)
    with pytest.raises(ForeignError, match=sentence):
        Reference(f"{tmp_path / 'broken.py'}:Mine").make(3)
