"""Codebooks that live and die: runs repeat, seeds are alone, failures happen where they should, and sentences follow."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache

import numpy as np
import pytest
import torch

from rfsq.style.wording import format_share
from rfsq.teaching.lab import draw
from rfsq.teaching.lab.life import METHODS, SEEDS, STEPS, Life, LifeSettings, learn, least_error, readings
from rfsq.teaching.lab.life.methods import FAR, first_codes, levels_of
from rfsq.teaching.lab.life.network import Pairs
from rfsq.teaching.lab.life.readings import codes_used
from rfsq.teaching.lab.life.training import DRAWN, EVERY

COLLAPSE = LifeSettings(start="corner", frozen_encoder=True)
FIT, SHOWN = draw("gaussian", 2000, 0), draw("gaussian", 2000, 1)


@cache
def life(name: str, settings: LifeSettings = COLLAPSE) -> Life:
    return learn(name, settings, FIT, SHOWN)


def arrays(found: Life) -> dict[str, np.ndarray]:
    values = {field.name: getattr(found, field.name) for field in fields(found)}
    return {name: value for name, value in values.items() if isinstance(value, np.ndarray)}


@pytest.mark.slow
@pytest.mark.parametrize("name", METHODS)
def test_a_life_is_recorded_whole_and_repeats(name: str) -> None:
    found, frames, codes = life(name), STEPS // EVERY + 1, COLLAPSE.codes
    assert found.steps.tolist() == list(range(0, STEPS + 1, EVERY))
    assert found.usage.shape == found.perplexity.shape == found.error.shape == (SEEDS, frames)
    assert found.latents.shape == (SEEDS, frames, DRAWN, 2) and found.indices.shape == (SEEDS, frames, DRAWN)
    assert found.marks.shape == found.decoded.shape == (SEEDS, frames, codes, 2)
    assert found.used.shape == (SEEDS, frames, codes) and found.measured == 1000
    assert all(np.isfinite(value).all() for value in arrays(found).values())
    assert np.all(found.perplexity <= codes_used(found).max() + codes) and np.all(found.perplexity >= 1)
    np.testing.assert_array_equal(np.rint(found.usage * codes), found.used.sum(axis=2))
    again = learn(name, COLLAPSE, FIT, SHOWN)
    for key, value in arrays(found).items():
        np.testing.assert_array_equal(value, arrays(again)[key], err_msg=key)


def test_what_is_drawn_is_what_is_measured() -> None:
    """The error of the drawn samples follows from their indices and the decoded codes."""
    found = life("ema-revival")
    decoded = np.take_along_axis(found.decoded, found.indices[..., None], axis=2)
    drawn = np.square(decoded - found.samples).mean(axis=(2, 3)) / float(SHOWN[:1000].square().mean())
    assert np.abs(drawn / found.error - 1).max() < 0.3  # 200 of 1000 samples
    small = learn("ema-revival", COLLAPSE, FIT, SHOWN[:DRAWN])
    decoded = np.take_along_axis(small.decoded, small.indices[..., None], axis=2)
    exact = np.square(decoded - small.samples).mean(axis=(2, 3)) / float(SHOWN[:DRAWN].square().mean())
    np.testing.assert_allclose(exact, small.error, rtol=1e-4)


def test_a_seed_learns_as_if_it_were_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    together = life("straight-through", LifeSettings())
    monkeypatch.setattr(LifeSettings, "seeds", property(lambda _: (1,)))
    alone = learn("straight-through", LifeSettings(), FIT, SHOWN)
    np.testing.assert_allclose(alone.error[0], together.error[1], rtol=1e-3)
    np.testing.assert_allclose(alone.marks[0], together.marks[1], atol=1e-3)


def test_with_its_encoder_frozen_a_far_start_leaves_plain_codes_dead_and_what_revives_or_has_no_start_alive() -> None:
    assert codes_used(life("straight-through")).max() == 1
    assert codes_used(life("ema")).max() < COLLAPSE.codes
    for name in ("ema-revival", "simvq", "fsq"):
        assert codes_used(life(name)).min() == COLLAPSE.codes, name
    assert life("ema-revival").error[:, -1].max() < 0.13
    assert life("straight-through").error[:, -1].min() > 0.9


def test_the_same_start_with_an_encoder_that_learns_is_only_a_delay_for_plain_codes() -> None:
    found = life("straight-through", replace(COLLAPSE, frozen_encoder=False))
    assert codes_used(found, 5).max() < 4 and codes_used(found).min() == COLLAPSE.codes


def test_where_no_encoder_learns_the_rotation_trick_changes_nothing_and_where_one_does_it_does() -> None:
    np.testing.assert_allclose(life("rotation").error, life("straight-through").error, rtol=1e-5)
    learning = LifeSettings()
    assert np.abs(life("rotation", learning).error - life("straight-through", learning).error).max() > 0.01


@pytest.mark.slow
def test_methods_without_codes_to_place_are_the_same_for_both_starts_of_codes() -> None:
    same = {
        name for name in METHODS if np.array_equal(life(name).error, life(name, replace(COLLAPSE, start="data")).error)
    }
    assert same == {"simvq", "fsq", "lfq"}


@pytest.mark.slow
def test_latents_that_begin_far_away_are_a_bad_start_for_everybody() -> None:
    for name in ("straight-through", "fsq", "lfq"):
        found = life(name, LifeSettings(start="latents"))
        assert codes_used(found, 0).max() <= 4 and found.latents[0, 0].mean() > (FAR / 2 if name != "fsq" else 0.9)


def test_a_code_that_nothing_takes_stays_where_it_is_unless_it_is_revived() -> None:
    for name in ("straight-through", "ema", "ema-revival"):
        found = life(name)
        never = ~found.used.any(axis=1)  # (S, K), in no frame; a batch in between may have taken one
        moved = np.linalg.norm(found.marks[:, -1] - found.marks[:, 0], axis=2)
        assert never.any() == (name != "ema-revival"), name
        assert name == "ema-revival" or np.median(moved[never]) < 1e-3 < np.median(moved[~never])


@pytest.mark.parametrize("codes", [4, 8, 16, 32, 64])
def test_every_method_has_exactly_as_many_codes(codes: int) -> None:
    start = first_codes("data", FIT, codes, torch.Generator().manual_seed(0))
    for method in METHODS.values():
        quantizer = method.build(start, 0.25, 0)
        assert quantizer.codebook_size == codes and quantizer.dim == method.channels(codes)
    assert levels_of(codes)[0] * levels_of(codes)[1] == codes


def test_codes_from_fewer_samples_than_codes_repeat() -> None:
    start = first_codes("data", FIT[:3], 8, torch.Generator().manual_seed(0))
    assert start.shape == (8, 2) and all(row.tolist() in FIT[:3].tolist() for row in start)


@pytest.mark.parametrize("channels", [2, 4, 6])
def test_encoder_and_decoder_begin_as_each_other_s_inverse(channels: int) -> None:
    pairs = Pairs((0, 1), channels)
    samples = FIT[:50].T.expand(2, -1, -1)
    latents = pairs.encode(samples)
    assert latents.shape == (2, channels, 50)
    torch.testing.assert_close(pairs.decode(latents), samples)
    assert channels > 2 or torch.allclose(latents, samples, atol=1e-6)
    torch.testing.assert_close(pairs.to_plane @ latents, samples)


def test_k_means_is_a_floor_for_codebooks_that_learn_well() -> None:
    floor = least_error(LifeSettings(), FIT, SHOWN)
    best = life("straight-through", LifeSettings()).error[:, -1].min()
    assert floor == pytest.approx(0.113, abs=0.01) and best > 0.9 * floor


def test_progress_is_told_and_goes_from_0_to_1() -> None:
    told: list[float] = []
    learn("fsq", COLLAPSE, FIT, SHOWN, told.append)
    assert told[0] == 0 and told[-1] == 1 and told == sorted(told)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"codes": 5}, "codes must be one of 4, 8"),
        ({"start": "nowhere"}, "no start 'nowhere'"),
        ({"learning_rate": 0.0}, "learning rate"),
        ({"commitment_weight": -1.0}, "commitment weight"),
    ],
)
def test_settings_without_sense_are_refused(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        LifeSettings(**wrong)  # type: ignore[arg-type]


def test_samples_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        learn("fsq", COLLAPSE, FIT[:, :1], SHOWN)
    with pytest.raises(ValueError, match="shape"):
        learn("fsq", COLLAPSE, FIT, SHOWN[:0])


# ---- sentences ----


def with_end(found: Life, used: list[int], error: list[float]) -> Life:
    """The same life with another end: codes used and error of every seed."""
    usage, errors = found.usage.copy(), found.error.copy()
    usage[:, -1], errors[:, -1] = np.array(used) / found.codes, error
    return replace(found, usage=usage, error=errors)


def test_sentences_hold_the_numbers_of_all_seeds() -> None:
    lives = {name: life(name) for name in METHODS}
    use, claim, errors = readings(lives)
    assert f"After {STEPS} steps, codes in use of 16: plain VQ 1, VQ-EMA" in use
    assert "EMA + revival, SimVQ and FSQ use all of them in all 3 seeds" in use
    assert "true of these 3 runs at their end" in claim and "Plain VQ" not in claim
    low, high = lives["fsq"].error[:, -1].min(), lives["fsq"].error[:, -1].max()
    assert format_share(float(low)) in errors and format_share(float(high)) in errors
    assert "lower: EMA + revival" in errors and "higher: plain VQ" in errors


def test_the_verdict_follows_the_runs_to_the_other_side() -> None:
    fsq, plain = life("fsq"), life("straight-through")
    few, all_of = with_end(fsq, [12, 14, 16], [0.1, 0.2, 0.3]), with_end(plain, [16, 16, 16], [0.15, 0.4, 0.5])
    _, claim, errors = readings({"straight-through": all_of, "fsq": few})
    assert "not true here without reserve, it uses 12 to 16 of 16 codes, plain VQ 16" in claim
    assert f"about level: plain VQ {format_share(0.15)} to {format_share(0.5)}" in errors
    assert "more than plain VQ (1)" in readings({"straight-through": plain, "fsq": few})[1]
    fewer = with_end(fsq, [2, 3, 2], [0.1, 0.2, 0.3])
    assert "fewer than plain VQ (16)" in readings({"straight-through": all_of, "fsq": fewer})[1]


def test_where_plain_codes_get_there_too_the_verdict_says_so() -> None:
    learning = replace(COLLAPSE, frozen_encoder=False)
    late = readings({name: life(name, learning) for name in ("straight-through", "fsq")})[1]
    assert "Plain VQ gets there, too, but only after step" in late
    at_once = readings({name: life(name, LifeSettings()) for name in ("straight-through", "fsq")})[1]
    assert "does not tell them apart" in at_once


def test_without_fsq_there_is_no_verdict_and_without_any_life_no_sentence() -> None:
    assert len(readings({"ema": life("ema")})) == 1
    with pytest.raises(ValueError, match="no life"):
        readings({})
