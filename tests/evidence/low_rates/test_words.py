"""Files for low rates: crossings are where the curves cross, sentences follow the figures, the choice is from training latents."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from made_gallery import PIXELS, curve, made_gallery

from rfsq.codec.rate_distortion import RatePoint, distances
from rfsq.evidence.files.curves import (
    CurvePoint,
    GalleryCurves,
    PhotoCurves,
    filled,
    gallery_file,
    load_gallery_curves,
    mean_curve,
    write_curves,
)
from rfsq.evidence.files.measure import format_files, photo_curve
from rfsq.evidence.low_rates.models import CARRIERS, LOW_RATE_STACKS, RFSQ, RVQ, SIDES, gallery_photos
from rfsq.evidence.low_rates.words import (
    EYE,
    FINE,
    LOOKED_AT,
    TOGETHER,
    agreement,
    low_rate_finding,
    low_rate_table,
    standing,
)
from rfsq.evidence.stored import ResultsError
from rfsq.metrics.st_lpips import load_st_lpips
from rfsq.model.calibration import load_calibration
from rfsq.model.checkpoint import read_info, zoo_checkpoint
from rfsq.model.library import load_model
from rfsq.model.stack import parse_stack_name
from rfsq.photos.gallery import load_example
from rfsq.quantizers.base import stage_steps


def line(*points: tuple[float, float]) -> list[RatePoint]:
    return [RatePoint("", size, score) for size, score in points]


def test_a_standing_is_read_where_the_curves_cross() -> None:
    ours = line((1000, 0.3), (4000, 0.1))
    theirs = line((500, 0.6), (8000, 0.0))
    found = standing(ours, theirs, PIXELS, higher_is_better=False)
    assert found is not None and (found.low, found.high) == pytest.approx((0.1, 0.4))
    assert found.words == "at all rates of both (0.10 to 0.40)"
    # From 1000 bytes on ours falls by 0.1 with each doubling, theirs from 0.35 by 0.2: they meet after half a doubling.
    crossing = standing(ours, line((500, 0.55), (2000, 0.15)), PIXELS, higher_is_better=False)
    assert crossing is not None and crossing.ahead[0] == pytest.approx((0.1, 0.1 * 2**0.5), rel=1e-3)
    assert crossing.high == pytest.approx(0.2) and crossing.words == "below 0.14"
    behind = standing(ours, line((500, 0.3), (8000, 0.0)), PIXELS, higher_is_better=False)
    assert behind is not None and behind.ahead == () and behind.words == "nowhere, from 0.10 on"
    late = standing(ours, line((500, 0.3), (1000, 0.25), (8000, 0.19)), PIXELS, higher_is_better=False)
    assert late is not None and late.words.startswith("above 0.") and late.ahead[0][1] == pytest.approx(0.4)
    assert standing(ours, line((5000, 0.1)), PIXELS, higher_is_better=False) is None
    assert standing(ours, line((1000, math.nan)), PIXELS, higher_is_better=False) is None


def test_the_finding_says_who_is_ahead_where_also_to_the_other_side() -> None:
    found = low_rate_finding(made_gallery())
    every = "JPEG 4:2:0, WebP 4:2:0 and AVIF 4:2:0"
    assert found.claim == (
        f"At 0.10 bits per pixel f8 FSQ 8·8·8·8, perceptual beats {every} in ST-LPIPS (AlexNet), on which it was trained, "
        f"{every} clearly by VGG, on which it was not, and none in PSNR"
    )
    assert "means over 2 photos" in found.sentences and "JPEG 4:2:0 on 2 of 2" in found.sentences
    other = low_rate_finding(made_gallery(vgg_of_jpeg=0.2, psnr_of_jpeg=10.0))
    assert "none clearly by VGG" in other.claim and other.claim.endswith(f"and {every} in PSNR")
    assert "JPEG 4:2:0 on 0 of 2" in other.sentences
    # Ahead in the mean by one photo of two is not ahead.
    photos = dict(made_gallery().photos)
    worse = replace(photos["b"].ours[TOGETHER][0], st_lpips_vgg=0.33)
    photos["b"] = replace(photos["b"], ours={**photos["b"].ours, TOGETHER: (worse,)})
    assert "none clearly by VGG" in low_rate_finding(GalleryCurves("c", photos)).claim
    text = low_rate_table(made_gallery()).markdown()
    assert "nowhere, from 0.10 on" in text and "below 0." in text and "ahead, at 0.10" in text
    with pytest.raises(LookupError, match="not weighed"):
        low_rate_finding(GalleryCurves("c", {"a": PhotoCurves(1, {}, {}, {})}))


def test_what_was_seen_is_said_only_of_the_pictures_that_were_looked_at() -> None:
    assert EYE not in low_rate_finding(made_gallery()).sentences
    photos = {
        name: replace(photo, files_of={TOGETHER: f"{LOOKED_AT}…/0"}) for name, photo in made_gallery().photos.items()
    }
    assert EYE in low_rate_finding(GalleryCurves("c", photos)).sentences
    assert read_info(zoo_checkpoint(TOGETHER)).weights_sha256.startswith(LOOKED_AT)


def test_a_format_that_cannot_be_so_small_is_counted_apart() -> None:
    made = made_gallery()
    large = PhotoCurves(PIXELS, {}, made.photos["a"].ours, {"jpeg": curve((3000, 30.0, 0.1, 0.1), stages=False)})
    both = GalleryCurves("c", {"a": made.photos["a"], "b": large})
    found = agreement(both, FINE, 1, "jpeg", "st_lpips_vgg")
    assert (found.ahead, found.compared, found.too_large) == (1, 1, 1)


def test_means_are_of_what_all_photos_have() -> None:
    one = (CurvePoint("quality 1", 10, 20.0, st_lpips=0.5), CurvePoint("quality 2", 20, 30.0))
    other = (CurvePoint("quality 2", 40, 32.0, st_lpips=0.1),)
    assert mean_curve([one, other]) == (CurvePoint("quality 2", 30.0, 31.0),)
    assert filled(mean_curve([one, other]), [CurvePoint("quality 2", 30.0, 1.0, ssim=0.5)])[0].ssim == 0.5


def test_gallery_curves_are_read_as_they_were_written_and_damaged_ones_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tmp_path))
    assert load_gallery_curves() is None
    made = made_gallery()
    write_curves(made, gallery_file())
    assert load_gallery_curves() == made
    gallery_file().write_text(gallery_file().read_text().replace('"label"', '"name"'))
    with pytest.raises(ResultsError, match="gallery-curves.json is damaged"):
        load_gallery_curves()


def test_scores_of_a_photo_are_those_of_its_pictures() -> None:
    pixels, network = load_example("astronaut")[100:196, 150:246], load_st_lpips("alex")
    files = format_files(pixels, "jpeg", (5, 60))
    points = photo_curve(pixels, files, {"st_lpips": network}, ("psnr_db", "st_lpips", "st_lpips_vgg"))
    assert [point.st_lpips for point in points] == distances(pixels, [file.pixels for file in files], network)
    assert points[0].psnr_db is not None and points[1].psnr_db is not None and points[0].psnr_db < points[1].psnr_db
    assert [point.st_lpips_vgg for point in points] == [None, None] and points[0].ssim is None
    assert (
        distances(pixels, [pixels], network) == pytest.approx([0.0], abs=1e-6) and distances(pixels, [], network) == []
    )


def test_the_photos_are_about_512_pixels_a_side_and_none_is_drawn() -> None:
    names = gallery_photos()
    assert "astronaut" in names and not {"text", "zone-plate", "gradients"} & {*names}
    assert all(SIDES[0] <= side <= SIDES[1] for name in names for side in load_example(name).shape[:2])


def test_stacks_for_low_rates_are_named_around_networks_that_are_here() -> None:
    for name in LOW_RATE_STACKS:
        stack = parse_stack_name(name)
        assert stack is not None and zoo_checkpoint(stack[0]).is_file()


@pytest.mark.slow()
@pytest.mark.parametrize("network", CARRIERS)
def test_residual_vq_leaves_less_error_of_the_training_latents_than_residual_fsq_at_each_stage(network: str) -> None:
    left = {spec.base: _errors(RVQ.name_on(network) if spec is RVQ else RFSQ.name_on(network)) for spec in (RVQ, RFSQ)}
    bits = {"vq": 10, "fsq": load_model(RFSQ.name_on(network)).config.dim}
    rates = {base: np.arange(1, 5) * count for base, count in bits.items()}
    for rate, error in zip(rates["fsq"], left["fsq"], strict=True):
        if rate <= rates["vq"][-1]:  # at the same bits a token
            assert np.interp(rate, rates["vq"], np.log(left["vq"])) < math.log(error)


def _errors(name: str) -> list[float]:
    """Mean squared error of standardised calibration latents after each stage."""
    model = load_model(name)
    assert model.quantizer is not None
    weights = zoo_checkpoint(name.partition(".")[0])
    calibration = load_calibration(weights, read_info(weights).weights_sha256, model.config.dim)
    with torch.inference_mode():
        steps = stage_steps(model.quantizer.parts, model.quantizer.prepare(calibration.standardized[:256]))
        return [float(step.remainder.square().mean()) for step in steps]
