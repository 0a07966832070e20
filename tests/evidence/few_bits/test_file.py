"""Networks of few bits as a file."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
from made_few_bits import made_few_bits, scores

from rfsq.evidence.few_bits import file as few_bits
from rfsq.evidence.few_bits.file import load_few_bits, write_few_bits
from rfsq.evidence.few_bits.networks import with_scores_of
from rfsq.evidence.stored import ResultsError


def test_it_is_read_as_written_and_damage_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "few-bits.json"
    monkeypatch.setattr(few_bits, "few_bits_file", lambda: path)
    assert load_few_bits() is None
    gaps = made_few_bits()
    few = with_scores_of(gaps.networks["f8"], None, {"st_lpips_vgg": (0.2, math.nan, 0.3)}, "a CPU")
    few = with_scores_of(with_scores_of(few, 1, scores(20.0, 0.3), "a CPU"), 1, {"ssim": (0.5, 0.6, 0.7)}, "a CPU")
    assert set(few.cut[1]) == {"psnr_db", "st_lpips", "ssim"}
    gaps = replace(gaps, networks={**gaps.networks, "f8": few})
    write_few_bits(gaps, path)
    assert "0.2, null, 0.3" in path.read_text() and str(load_few_bits()) == str(gaps)
    write_few_bits(made_few_bits(), path)
    assert load_few_bits() == made_few_bits()
    text = path.read_text()
    for old, new in (
        ('"format": 2', '"format": 1'),
        ("22.0, 23.0", "22.0"),
        ("22.0,", "NaN,"),
        ("22.0,", "null,"),
        ("levels=4", "levels=1"),
        ('"images": 3', '"images": 4'),
        ('"learning_rate": 0.003', '"learning_rate": -1'),
    ):
        assert old in text
        path.write_text(text.replace(old, new))
        with pytest.raises(ResultsError, match=r"few-bits\.json"):
            load_few_bits()
