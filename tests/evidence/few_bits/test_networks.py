"""Networks of few bits: which can be compared follows from how they were trained; what was measured is put into words."""

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from made_few_bits import EQUAL, MOST, RECIPE, STACK, made_few_bits, network, scores, with_few_tokens

from rfsq.evidence import report
from rfsq.evidence.escaped_noise import ESCAPED, WHY
from rfsq.evidence.few_bits.file import load_few_bits
from rfsq.evidence.few_bits.measure import NOISE_STACKS, STEPS_STACK, stacks_for
from rfsq.evidence.few_bits.networks import (
    FewBits,
    TrainedNetwork,
    bits_of,
    is_noisy,
    is_together,
    is_widest,
    paired,
)
from rfsq.evidence.few_bits.together import together_findings, together_table
from rfsq.evidence.few_bits.words import (
    few_bits_tables,
    few_tokens_finding,
    few_tokens_table,
    how_words,
    latent_noise_finding,
    steps_finding,
)
from rfsq.evidence.statements import Finding
from rfsq.model.checkpoint import read_info, zoo_checkpoint
from rfsq.model.config import ModelConfig
from rfsq.model.stack import StackSpec
from rfsq.style.wording import NARROW_SPACE


def test_what_can_be_compared_follows_from_config_and_recipe() -> None:
    made = made_few_bits()
    [alike] = made.together
    assert list(alike.fitted) == [STACK + "none", STACK + "gain", STACK + "scale"], "in the order of all tables"
    assert list(alike.trained) == [STACK + "none", STACK + "scale"] and alike.bought(STACK + "gain") is None
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


GROUPED = ((4, 4, 1, 1), (1, 1, 4, 4), (4, 4, 1, 1), (1, 1, 4, 4))
UNGROUPED = "fsq:levels=4,stages=2,conditioning=geometric"


def grouped_config(**changes: Any) -> ModelConfig:
    shape = network("f8", dim=4).config
    grouped = {
        "name": "f8-grouped",
        "kind": "fsq",
        "stage_levels": GROUPED,
        "num_stages": 4,
        "conditioning": "geometric",
    }
    return replace(shape, **(grouped | changes))


def test_stages_that_take_turns_with_the_channels_round_as_fewer_stages_of_all_of_them() -> None:
    config = grouped_config()
    grouped = replace(network("f8"), config=config)
    assert grouped.stack == UNGROUPED and bits_of(config) == 16
    ungrouped = StackSpec.parse(UNGROUPED).config(network("f8", dim=4).config)
    latents = 3 * torch.randn(2, 4, 5, 6, generator=torch.Generator().manual_seed(0))
    taking_turns, at_once = (one.build_quantizer() for one in (config, ungrouped))
    assert taking_turns is not None and at_once is not None
    assert torch.equal(taking_turns(latents).quantized, at_once(latents).quantized)
    for changes in (
        {"conditioning": "scale"},
        {"stage_levels": (*GROUPED[:2], (2, 8, 1, 1), (1, 1, 2, 8))},
        {"stage_levels": GROUPED[:3], "num_stages": 3},
    ):
        assert replace(grouped, config=grouped_config(**changes)).stack is None, changes


def with_grouped(few: FewBits) -> FewBits:
    """And a network of twice as many channels in groups, trained with stage dropout, beside the same rounding fitted."""
    config = grouped_config(dim=10, stage_levels=tuple(stage[:1] * 5 + stage[2:3] * 5 for stage in GROUPED))
    recipe = replace(RECIPE, stage_dropout=0.25)
    cut = {1: scores(20.0, 0.3), 2: scores(22.0, 0.2)}
    trained = TrainedNetwork(config, recipe, 70, "a CPU", "1" * 64, "a CPU", scores=scores(27.5, 0.05, 0.1), cut=cut)
    wide = replace(network("wide", dim=10), fitted={UNGROUPED: scores(27.25, 0.06, 0.15)})
    return replace(few, networks={**few.networks, "wide": wide, "grouped": trained})


def test_grouped_stands_beside_the_others_with_what_differs() -> None:
    made = with_grouped(made_few_bits())
    assert UNGROUPED in [spec.text for spec in stacks_for(made.networks["wide"], made.networks.values())]
    [alike] = made.together
    assert alike.trained[UNGROUPED] == made.networks["grouped"] and STACK + "gain" not in alike.trained
    [found] = together_words(made)
    assert "+3.0 dB for none and +0.25 to +0.50 dB for a conditioned stack" in found
    assert "grouped +0.25 dB [+0.25, +0.25], ST-LPIPS (AlexNet) −0.0100" in found
    assert "Not quite alike: grouped with stage dropout 0.25, none and scale without." in found
    assert (
        "all with 40 bits per token, grouped has the highest PSNR: grouped (10 channels) − scale (5) +1.50 dB" in found
    )
    assert "Of grouped the first stages alone: 1 of 4 at 0.156 bpp 20.00 dB, ST-LPIPS (AlexNet) 0.3000; 2 of 4" in found
    few = replace(made, networks={name: one for name, one in made.networks.items() if name != "f8-scale"})
    assert "+3.0 dB for none and +0.25 dB for grouped" in together_words(few)[0], "called as in the table"
    [alone] = together_words(made_few_bits())
    assert "alike:" not in alone and "first stages" not in alone and "scale has the highest PSNR: scale (5" in alone
    table = together_table(made, alike).markdown()
    sizes = "4 stages of 4 levels and 2 stages of 4 levels"
    assert table.startswith(f"| L1 + 0.1 × ST-LPIPS (AlexNet); {sizes} |") and "| grouped | 27.25 | 27.50 |" in table


def with_other_loss(few: FewBits, *names: str) -> FewBits:
    """And the same networks trained with L1 alone, of these names, 2 dB above the others where they were trained together."""
    recipe = replace(RECIPE, st_lpips_weight=0.0)
    others = {f"{name}, L1": replace(few.networks[name], recipe=recipe) for name in names}
    better = {name: replace(one, scores=scores(27.0, 0.2, 0.3)) for name, one in others.items() if one.config.quantized}
    return replace(few, networks={**others, **better, **few.networks})


def test_each_loss_has_a_finding_and_a_table_of_its_own() -> None:
    made = with_other_loss(made_few_bits(), "f8", "f8-none", "f8-scale")
    learned, plain = made.together
    assert learned == made_few_bits().together[0] and learned.fitted == plain.fitted, "the learned term comes first"
    assert all(one.recipe.st_lpips_weight == 0 for one in plain.trained.values())
    (first, found), (second, other) = together_findings(made)
    assert (first, second) == (learned, plain) and (found.key, other.key) == ("few-bits", "few-bits-l1")
    with_term = "At blocks of 8×8 pixels, with L1 + 0.1 × ST-LPIPS (AlexNet), training together buys +3.0 dB for none"
    assert words(found).startswith(with_term)
    alone = "At blocks of 8×8 pixels, with L1, training together buys +5.0 dB for none and +1.50 dB for scale"
    assert words(other).startswith(alone) and "0.625 bpp, L1, 70 steps" in words(other)
    tables = [table.markdown() for table in few_bits_tables(made)]
    assert [table.split(";")[0] for table in tables] == ["| L1 + 0.1 × ST-LPIPS (AlexNet)", "| L1"]
    half = with_other_loss(made_few_bits(), "f8", "f8-scale")
    assert len(half.together) == len(few_bits_tables(half)) == 2
    assert [finding for _, finding in together_findings(half)] == [found], "without none there is nothing to say"
    bare = {name: replace(one, fitted={}) for name, one in made.networks.items()}
    assert not replace(made, networks=bare).together, "its stacks are still to be fitted"


def test_stacks_are_fitted_where_something_compares_with_them() -> None:
    networks = made_few_bits().networks

    def texts(name: str) -> list[str]:
        return [spec.text for spec in stacks_for(networks[name], networks.values())]

    assert texts("f8") == [STACK + "none", STACK + "scale", STACK + "gain"]
    assert texts("f8-none") == []
    noise = [spec.text for spec in NOISE_STACKS]
    assert texts("40") == [*noise, STEPS_STACK.text] and texts("noise") == noise
    assert texts("10") == texts("160") == [STEPS_STACK.text]


def test_a_narrow_quantizer_is_judged_by_stacks_around_the_widest_network_that_was_trained_alike() -> None:
    made = with_few_tokens(made_few_bits())
    (one,) = made.few_tokens
    assert (one.trained, one.plain) == (made.networks["narrow"], made.networks["f8"])
    assert one.equal == EQUAL and one.stacks == (EQUAL, MOST), "by their bits"
    assert made.together == made_few_bits().together, "what was trained in other channels is no pair"
    bought = one.bought(EQUAL), one.bought(MOST)
    assert [found and found.mean for found in bought] == [2.0, -1.0] and one.bought(MOST, "st_lpips_vgg") is None
    fitted = [spec.text for spec in stacks_for(made.networks["f8"], made.networks.values())]
    assert fitted == [
        *(STACK + name for name in ("none", "scale", "gain")),
        EQUAL,
        "vq:codes=1024,stages=1,conditioning=none",
        "fsq:levels=2,stages=1,conditioning=scale",
        MOST,
    ]
    widest = replace(network("f8", dim=6), scores=scores(28.0, 0.04))
    assert not replace(made, networks={**made.networks, "wider": widest}).few_tokens, "its stacks were not measured"
    assert not is_widest(made.networks["f8"], one.trained, [widest]) and is_widest(widest, one.trained, [widest])
    for change in (
        {"steps": 71},
        {"config": replace(one.trained.config, stride=16)},
        {"config": replace(one.trained.config, levels=(8, 16))},
        {"config": replace(one.trained.config, levels=(2048, 2048))},
        {"scores": {}},
    ):
        assert not replace(made, networks={**made.networks, "narrow": replace(one.trained, **change)}).few_tokens, (
            change
        )


def test_a_metric_that_was_measured_of_some_photos_is_told_of_those() -> None:
    some = {"psnr_db": (1.0, 2.0, 4.0), "st_lpips_vgg": (0.1, math.nan, 0.3)}
    other = {"psnr_db": (1.0, 1.0, 1.0), "st_lpips_vgg": (0.3, 0.2, 0.3)}
    found = paired(some, other, "st_lpips_vgg")
    assert found is not None and found.mean == pytest.approx(-0.1) and found.images == 2
    assert paired(some, {"st_lpips_vgg": (math.nan, 0.2, math.nan)}, "st_lpips_vgg") is None
    assert paired(some, other, "st_lpips") is None


def together_words(few: FewBits) -> list[str]:
    return [words(finding) for _, finding in together_findings(few)]


def words(finding: Finding | None) -> str:
    assert finding is not None
    return f"{finding.claim}. {finding.sentences}".replace(NARROW_SPACE, " ")


def test_words_follow_the_differences() -> None:
    [found] = together_words(made_few_bits())
    assert found.startswith("At blocks of 8×8 pixels training together buys +3.0 dB for none and +0.50 dB for scale")
    assert "scale +0.50 dB [+0.50, +0.50], ST-LPIPS (AlexNet) −0.0100" in found and "ST-LPIPS (VGG) −0.1000" in found
    assert "0.625 bpp, L1 + 0.1 × ST-LPIPS (AlexNet), 70 steps" in found and "3 photos" in found
    made = made_few_bits()
    level = {**made.networks, "f8-scale": replace(made.networks["f8-scale"], scores=scores(25.45, 0.07))}
    [found] = together_words(replace(made, networks=level))
    assert "+3.0 dB for none and less than 0.1 dB for scale" in found and "scale −0.05 dB" in found
    assert "VGG" not in together_words(made_few_bits(vgg=False))[0]
    helps = words(latent_noise_finding(made_few_bits()))
    assert "helps 1 of 1 fitted stacks in PSNR, and 1 in ST-LPIPS" in helps and "1 × 4 levels none +1.00 dB" in helps
    assert "helps 0 of 1 fitted stacks in PSNR, and 1 in" in words(latent_noise_finding(made_few_bits(noisy=24.0)))
    assert "helps 0 of 1 fitted stacks in PSNR" in words(latent_noise_finding(made_few_bits(noisy=25.09))), "too little"
    assert WHY not in helps and "mean square" not in helps


def test_of_a_training_that_escaped_its_noise_that_is_said_with_the_size_of_its_latents() -> None:
    made = made_few_bits()
    noisy = replace(made.networks["noise"], weights_sha256=f"{ESCAPED}…")
    found = words(latent_noise_finding(replace(made, networks={**made.networks, "noise": noisy})))
    end = f"{WHY}no other training with noise is measured here."
    assert found.endswith(end) and "mean square" not in found
    sized = {"noise": replace(noisy, latent_rms=90.0), "40": replace(made.networks["40"], latent_rms=0.5)}
    found = words(latent_noise_finding(replace(made, networks={**made.networks, **sized})))
    assert "Root mean square of the latents: 90 with noise and 0.5 without." in found and found.endswith(end)
    shipped = load_few_bits()
    assert shipped is not None
    found = words(latent_noise_finding(shipped))
    assert "Root mean square of the latents" in found and found.endswith(end)


def test_words_of_few_tokens_follow_the_differences() -> None:
    made = with_few_tokens(made_few_bits())
    found = words(few_tokens_finding(made))
    claim = "Training together buys +2.0 dB at 0.09 bpp over stacks of as many bits that are fitted afterwards"
    by_vgg = "; by ST-LPIPS (VGG), on which neither was trained, "
    assert found.startswith(f"{claim}{by_vgg}better at 1 of 1 rates. ")
    for vgg, said in ((0.4, "worse at 1 of 1 rates. "), (0.3, "neither is surely better. ")):
        other = replace(made.networks["narrow"], scores=scores(24.0, 0.1, vgg))
        told = words(few_tokens_finding(replace(made, networks={**made.networks, "narrow": other})))
        assert told.startswith(f"{claim}{by_vgg}{said}")
    assert words(few_tokens_finding(with_few_tokens(made_few_bits(), vgg=False))).startswith(f"{claim}. ")
    assert (
        "6 bits per token of 8×8 pixels, f8 FSQ 8·8 − stacks around 5 channels: 2 × 8 codes (6 bits) +2.00 dB" in found
    )
    assert "and ST-LPIPS (VGG) −0.1000 [−0.1100, −0.0900], and 2 × 1024 codes (20 bits) −1.00 dB" in found
    assert "3 photos, one training run" in found and few_tokens_finding(made_few_bits()) is None
    narrow = made.networks["narrow"]
    gaps = {metric: (*column[:-1], math.nan) if "vgg" in metric else column for metric, column in narrow.scores.items()}
    some = replace(made, networks={**made.networks, "narrow": replace(narrow, scores=gaps)})
    found = words(few_tokens_finding(some))
    assert "3 photos, ST-LPIPS (VGG) on 2 and 3 of them, one training run" in found
    assert "3 photos of `eval`, ST-LPIPS (VGG) on 2 and 3 of them, `python" in how_words(some)
    assert "| ST-LPIPS (VGG, 2 or 3 photos) |" in few_tokens_table(some).markdown()
    assert "| ST-LPIPS (VGG, 2 or 3 photos), fitted |" in together_table(some, some.together[0]).markdown()
    rows = few_tokens_table(made).markdown().replace(NARROW_SPACE, " ")
    assert "| 8×8 trained together: f8 FSQ 8·8 | 2 | 6 bits | 0.094 | 24.00 | 0.1000 | 0.2000 | – | – | – |" in rows
    assert "| 8×8 fitted: 2 × 1024 codes | 5 | 20 bits | 0.312 | 25.00 | 0.0500 | – | −1.00 [−1.00, −1.00] |" in rows
    assert "VGG" not in few_tokens_table(with_few_tokens(made_few_bits(), vgg=False)).markdown()


def test_what_more_steps_buy_is_told_per_doubling() -> None:
    found = words(steps_finding(made_few_bits()))
    assert found.startswith(
        "In the last stretch, from 40 to 160 steps, more training bought +0.50 dB per doubling. "
    ), found
    assert "10 → 20 +2.00 dB [+2.00, +2.00]; 20 → 40 +2.00 dB" in found and "40 → 160 +1.00 dB" in found
    assert (
        "with 4 × 2 levels scale fitted to it" in found
        and "A step is 32 crops of 64×64 pixels; what more than 160" in found
    )
    assert "bought little: +0.05 dB per doubling" in words(steps_finding(made_few_bits(longest=30.1)))
    assert "bought little: −0.50 dB" in words(steps_finding(made_few_bits(longest=29.0)))
    made = made_few_bits()
    name = "f8-continuous-10-perceptual"
    shipped = replace(made.networks["160"], weights_sha256=read_info(zoo_checkpoint(name)).weights_sha256)
    shipped = replace(shipped, config=replace(shipped.config, name=name))
    others = {key: replace(one, config=replace(one.config, name=name)) for key, one in made.networks.items()}
    assert "from 40 to the zoo's 160 steps, " in words(
        steps_finding(replace(made, networks={**others, "160": shipped}))
    )
    bare = {name: replace(one, fitted={}) for name, one in made.networks.items()}
    assert "PSNR without any rounding" in words(steps_finding(replace(made, networks=bare)))


def test_nothing_is_said_of_what_was_not_measured() -> None:
    made = made_few_bits()
    alone = replace(made, networks={"f8": made.networks["f8"]})
    assert not together_findings(alone) and latent_noise_finding(alone) is steps_finding(alone) is None
    assert "3 photos of `eval`" in how_words(alone) and "trained on a GPU, measured on a CPU" in how_words(alone)


def test_the_model_card_has_a_row_for_each_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "load_few_bits", made_few_bits)
    text = report.few_bits_part(None)  # type: ignore[arg-type]  # of the zoo's results it needs nothing
    assert "| none | 22.00 | 25.00 | +3.00 [+3.00, +3.00] | 0.2000 | 0.0700 |" in text
    assert "| gain | 23.00 | – | – | 0.1000 | – | – | 0.3000 | – | – |" in text
    assert "**In the last stretch, from " in text and "**Noise on the latents" in text
    monkeypatch.setattr(report, "load_few_bits", lambda: with_few_tokens(made_few_bits()))
    text = report.few_bits_part(None).replace(NARROW_SPACE, " ")  # type: ignore[arg-type]
    assert "| 8×8 fitted: 2 × 8 codes | 5 | 6 bits |" in text and "**Training together buys +2.0 dB at 0.09" in text
    monkeypatch.setattr(report, "load_few_bits", lambda: made_few_bits(vgg=False))
    assert "VGG" not in report.few_bits_part(None)  # type: ignore[arg-type]
    monkeypatch.setattr(report, "load_few_bits", lambda: None)
    assert report.few_bits_part(None) == ""  # type: ignore[arg-type]
