"""Trained together against fitted afterwards, at few bits."""

from pathlib import Path

import pytest

from rfsq.evidence import few_bits, report
from rfsq.evidence.few_bits import FewBits, few_bits_finding, latent_noise_finding, load_few_bits, write_few_bits
from rfsq.evidence.stored import ResultsError

STACK = "fsq:levels=4,stages=4,conditioning="
STEPS = (-1.0, 0.0, 1.0)


def scores(psnr: float, distance: float) -> dict[str, tuple[float, ...]]:
    return {
        "psnr_db": tuple(psnr + step for step in STEPS),
        "st_lpips": tuple(distance * (1 + 0.1 * step) for step in STEPS),
    }


def made(noisy: float = 26.0) -> FewBits:
    together = {
        STACK + "none": (scores(22.0, 0.2), scores(25.0, 0.07)),
        STACK + "gain": (scores(23.0, 0.1), None),
        STACK + "scale": (scores(25.5, 0.07), scores(26.0, 0.06)),
    }
    noise = {"fsq:levels=4,stages=1,conditioning=none": (scores(25.0, 0.1), scores(noisy, 0.09))}
    return FewBits(together, noise, "a script", "0" * 64)


def test_words_follow_the_differences() -> None:
    found = few_bits_finding(made())
    assert "buys +3.0 dB for none and +0.50 dB for a conditioned stack" in found.claim
    assert "scale +0.50 dB [+0.50, +0.50]" in found.sentences and "0.625 bpp" in found.sentences
    assert "3 photos" in found.sentences
    assert "helps 1 of 1 fitted stacks in PSNR, and 1 in ST-LPIPS" in latent_noise_finding(made()).claim
    assert "1 × 4 levels none +1.00 dB" in latent_noise_finding(made()).sentences
    assert "helps 0 of 1 fitted stacks in PSNR, and 1 in" in latent_noise_finding(made(noisy=24.0)).claim


def test_it_is_read_as_written_and_damage_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "few-bits.json"
    monkeypatch.setattr(few_bits, "few_bits_file", lambda: file)
    assert load_few_bits() is None
    write_few_bits(made(), file)
    assert load_few_bits() == made()
    text = file.read_text()
    for old, new in (
        ('"format": 1', '"format": 9'),
        ("22.0, 23.0", "22.0"),
        ("22.0,", "NaN,"),
        ("levels=4", "levels=1"),
    ):
        assert old in text
        file.write_text(text.replace(old, new))
        with pytest.raises(ResultsError, match=r"few-bits\.json"):
            load_few_bits()


def test_the_model_card_has_a_row_for_each_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "load_few_bits", made)
    text = report.few_bits_part(None)  # type: ignore[arg-type]  # of the zoo's results it needs nothing
    assert "| none | 22.00 | 25.00 | +3.00 [+3.00, +3.00] | 0.2000 | 0.0700 |" in text
    assert "| gain | 23.00 | – | – | 0.1000 | – | – |" in text
    monkeypatch.setattr(report, "load_few_bits", lambda: None)
    assert report.few_bits_part(None) == ""  # type: ignore[arg-type]
