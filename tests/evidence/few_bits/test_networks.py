"""Networks of few bits: which can be compared follows from how they were trained; what was measured is put into words."""

from dataclasses import replace
from pathlib import Path

import pytest
from made_few_bits import STACK, made_few_bits, network, scores

from rfsq.evidence import report
from rfsq.evidence.few_bits import networks as few_bits
from rfsq.evidence.few_bits.measure import NOISE_STACKS, STEPS_STACK, stacks_for
from rfsq.evidence.few_bits.networks import is_noisy, is_together, load_few_bits, write_few_bits
from rfsq.evidence.few_bits.words import how_words, latent_noise_finding, steps_finding, together_finding
from rfsq.evidence.statements import Finding
from rfsq.evidence.stored import ResultsError
from rfsq.model.checkpoint import read_info, zoo_checkpoint


def test_what_can_be_compared_follows_from_config_and_recipe() -> None:
    made = made_few_bits()
    assert list(made.together) == [STACK + "none", STACK + "gain", STACK + "scale"], "in the order of all tables"
    assert made.together[STACK + "gain"][1] is None and made.bought(STACK + "gain") is None
    assert list(made.noise) == [NOISE_STACKS[0].text]
    assert [one.steps for one in made.by_steps] == [10, 20, 40, 160]
    plain, together = network("f8"), network("f8-none", "none")
    assert is_together(plain, together) and not is_together(together, plain)
    for change in (
        {"steps": 71},
        {"recipe": replace(plain.recipe, seed=1)},
        {"config": network("wider", "none", dim=4).config},
        {"config": replace(together.config, stride=16)},
    ):
        assert not is_together(plain, replace(together, **change))
    noisy = replace(plain, recipe=replace(plain.recipe, latent_noise=0.3))
    assert is_noisy(plain, noisy) and not is_noisy(noisy, plain) and not is_noisy(noisy, noisy)
    few = replace(made, networks={name: made.networks[name] for name in ("10", "160")})
    assert not few.by_steps and not few.together and not few.noise, "two trainings are no curve"


def test_stacks_are_fitted_where_something_compares_with_them() -> None:
    networks = made_few_bits().networks

    def texts(name: str) -> list[str]:
        return [spec.text for spec in stacks_for(networks[name], networks.values())]

    assert texts("f8") == [STACK + "none", STACK + "scale", STACK + "gain"]
    assert texts("f8-none") == []
    noise = [spec.text for spec in NOISE_STACKS]
    assert texts("40") == [*noise, STEPS_STACK.text] and texts("noise") == noise
    assert texts("10") == texts("160") == [STEPS_STACK.text]


def words(finding: Finding | None) -> str:
    assert finding is not None
    return f"{finding.claim}. {finding.sentences}"


def test_words_follow_the_differences() -> None:
    found = words(together_finding(made_few_bits()))
    assert found.startswith(
        "At blocks of 8×8 pixels training together buys +3.0 dB for none and +0.50 dB for a conditioned"
    )
    assert "scale +0.50 dB [+0.50, +0.50], ST-LPIPS (AlexNet) −0.0100" in found and "ST-LPIPS (VGG) −0.1000" in found
    assert "0.625 bpp, L1 + 0.1 × ST-LPIPS (AlexNet), 70 steps" in found and "3 photos" in found
    made = made_few_bits()
    level = {**made.networks, "f8-scale": replace(made.networks["f8-scale"], scores=scores(25.45, 0.07))}
    found = words(together_finding(replace(made, networks=level)))
    assert "+3.0 dB for none and less than 0.1 dB for a conditioned stack" in found and "scale −0.05 dB" in found
    assert "VGG" not in words(together_finding(made_few_bits(vgg=False)))
    helps = words(latent_noise_finding(made_few_bits()))
    assert "helps 1 of 1 fitted stacks in PSNR, and 1 in ST-LPIPS" in helps and "1 × 4 levels none +1.00 dB" in helps
    assert "helps 0 of 1 fitted stacks in PSNR, and 1 in" in words(latent_noise_finding(made_few_bits(noisy=24.0)))


def test_what_more_steps_buy_is_told_per_doubling() -> None:
    found = words(steps_finding(made_few_bits()))
    assert found.startswith("More steps of training bought +0.50 dB per doubling up to 160. "), found
    assert "10 → 20 +2.00 dB [+2.00, +2.00]; 20 → 40 +2.00 dB" in found and "40 → 160 +1.00 dB" in found
    assert (
        "with 4 × 2 levels scale fitted to it" in found
        and "A step is 32 crops of 64×64 pixels; what more than 160" in found
    )
    assert "bought little at the end: +0.05 dB per doubling" in words(steps_finding(made_few_bits(longest=30.1)))
    assert "bought little at the end: −0.50 dB" in words(steps_finding(made_few_bits(longest=29.0)))
    made = made_few_bits()
    name = "f8-continuous-10-perceptual"
    shipped = replace(made.networks["160"], weights_sha256=read_info(zoo_checkpoint(name)).weights_sha256)
    shipped = replace(shipped, config=replace(shipped.config, name=name))
    others = {key: replace(one, config=replace(one.config, name=name)) for key, one in made.networks.items()}
    assert "up to the zoo's 160. " in words(steps_finding(replace(made, networks={**others, "160": shipped})))
    bare = {name: replace(one, fitted={}) for name, one in made.networks.items()}
    assert "PSNR without any rounding" in words(steps_finding(replace(made, networks=bare)))


def test_nothing_is_said_of_what_was_not_measured() -> None:
    made = made_few_bits()
    alone = replace(made, networks={"f8": made.networks["f8"]})
    assert together_finding(alone) is latent_noise_finding(alone) is steps_finding(alone) is None
    assert "3 photos of `eval`" in how_words(alone) and "trained on a GPU, measured on a CPU" in how_words(alone)


def test_it_is_read_as_written_and_damage_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "few-bits.json"
    monkeypatch.setattr(few_bits, "few_bits_file", lambda: file)
    assert load_few_bits() is None
    write_few_bits(made_few_bits(), file)
    assert load_few_bits() == made_few_bits()
    text = file.read_text()
    for old, new in (
        ('"format": 2', '"format": 1'),
        ("22.0, 23.0", "22.0"),
        ("22.0,", "NaN,"),
        ("levels=4", "levels=1"),
        ('"images": 3', '"images": 4'),
        ('"learning_rate": 0.003', '"learning_rate": -1'),
    ):
        assert old in text
        file.write_text(text.replace(old, new))
        with pytest.raises(ResultsError, match=r"few-bits\.json"):
            load_few_bits()


def test_the_model_card_has_a_row_for_each_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "load_few_bits", made_few_bits)
    text = report.few_bits_part(None)  # type: ignore[arg-type]  # of the zoo's results it needs nothing
    assert "| none | 22.00 | 25.00 | +3.00 [+3.00, +3.00] | 0.2000 | 0.0700 |" in text
    assert "| gain | 23.00 | – | – | 0.1000 | – | – | 0.3000 | – | – |" in text
    assert "**More steps of training bought" in text and "**Noise on the latents" in text
    monkeypatch.setattr(report, "load_few_bits", lambda: made_few_bits(vgg=False))
    assert "VGG" not in report.few_bits_part(None)  # type: ignore[arg-type]
    monkeypatch.setattr(report, "load_few_bits", lambda: None)
    assert report.few_bits_part(None) == ""  # type: ignore[arg-type]
