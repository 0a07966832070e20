"""Evaluation: the means a hand computation gives, whatever the batch size, with a reason for every missing score."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from rfsq.evidence.evaluation import evaluate
from rfsq.evidence.image_folder import EvaluationError, image_files
from rfsq.evidence.model_scores import ModelScores
from rfsq.evidence.records import as_record
from rfsq.metrics import image as metrics
from rfsq.metrics.learned import LearnedMetric
from rfsq.metrics.st_lpips import load_st_lpips
from rfsq.model.config import ModelConfig
from rfsq.model.model import QuantizedAutoencoder
from rfsq.photos.pixels import to_tensor
from rfsq.photos.read import read_image

CPU = torch.device("cpu")
Tiny = Callable[..., ModelConfig]
Photo = Callable[..., np.ndarray]


@pytest.fixture
def pictures(tmp_path: Path, photo: Photo) -> list[np.ndarray]:
    """Three pictures of two sizes, also as files 0.png … 2.png of the test's folder."""
    found = [photo(20, 24, 0), photo(20, 24, 1), photo(13, 18, 2)]
    for number, pixels in enumerate(found):
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
    return found


def build(config: ModelConfig) -> QuantizedAutoencoder:
    torch.manual_seed(0)
    return QuantizedAutoencoder(config).eval()


def scores_of(model: QuantizedAutoencoder, files: list[Path], **options: Any) -> ModelScores:
    """The scores with all stages."""
    [evaluation] = evaluate("m", model, files, device=CPU, **options)
    return evaluation.scores


def shown(model: QuantizedAutoencoder, pixels: np.ndarray, stages: int) -> np.ndarray:
    """The reconstruction as 8-bit pixels."""
    result = model.reconstruct(torch.from_numpy(pixels / 127.5 - 1).float().permute(2, 0, 1)[None], stages)
    return np.floor((result[0].permute(1, 2, 0).double().numpy() + 1) * 127.5 + 0.5).astype(int)


def entropy(indices: np.ndarray) -> float:
    share = np.unique(indices, return_counts=True)[1] / indices.size
    return float(-(share * np.log2(share)).sum())


@pytest.mark.parametrize("stages", [1, 3])
def test_scores_equal_a_hand_computation(tiny: Tiny, pictures: list[np.ndarray], tmp_path: Path, stages: int) -> None:
    model = build(tiny(num_stages=3, conditioning="layernorm"))
    [evaluation] = evaluate("mine", model, image_files(tmp_path), device=CPU, stages=[stages], batch_size=2)
    scores = evaluation.scores
    errors = [(shown(model, pixels, stages) - pixels) / 127.5 for pixels in pictures]
    assert (scores.model, scores.images, scores.stages) == ("mine", 3, stages)
    assert scores.l1 == pytest.approx(np.mean([np.abs(error).mean() for error in errors]), rel=1e-4)
    assert scores.psnr_db == pytest.approx(np.mean([10 * math.log10(4 / (e**2).mean()) for e in errors]), rel=1e-4)
    ssim = [float(metrics.ssim(to_tensor(p), to_tensor(shown(model, p, stages).astype(np.uint8)))) for p in pictures]
    assert scores.ssim == pytest.approx(np.mean(ssim), rel=1e-4)
    flip = [metrics.flip(p, shown(model, p, stages).astype(np.uint8)).mean for p in pictures]
    assert scores.flip == pytest.approx(np.mean(flip), rel=1e-4)

    pixels, tokens, side_bytes = 2 * 20 * 24 + 13 * 18, 2 * 5 * 6 + 4 * 5, stages * 2 * 3 * 2
    assert scores.bits_per_token == 6 * stages and scores.side_bytes_per_image == side_bytes
    assert scores.bpp_nominal == pytest.approx((tokens * 6 * stages + 3 * 8 * side_bytes) / pixels)
    outputs = [model.quantize(model.encode(to_tensor(p))) for p in pictures]
    codes = [np.concatenate([output.indices[0, k].numpy().ravel() for output in outputs]) for k in range(stages)]
    assert scores.entropy_bits == pytest.approx([entropy(stage) for stage in codes])
    assert scores.perplexity == pytest.approx([2 ** entropy(stage) for stage in codes])
    assert scores.usage == pytest.approx([len(np.unique(stage)) / 64 for stage in codes])
    assert scores.bpp_entropy == pytest.approx((tokens * sum(scores.entropy_bits) + 3 * 8 * side_bytes) / pixels)
    norms = [
        [float(norm) for norm in (output.stages[0].rms_before, *(s.rms_after for s in output.stages[:stages]))]
        for output in outputs
    ]
    assert scores.residual_rms == pytest.approx([float(mean) for mean in np.mean(norms, axis=0)], rel=1e-5)


def test_what_is_left_is_of_the_latents_for_geometric_steps_too(
    tiny: Tiny, pictures: list[np.ndarray], tmp_path: Path
) -> None:
    model = build(tiny(num_stages=3, conditioning="geometric"))
    with torch.no_grad():
        model.encoder.load_state_dict({key: 3 * value for key, value in model.encoder.state_dict().items()})
    left = []
    for pixels in pictures:
        latents = model.encode(to_tensor(pixels)).detach()
        totals = [stage.quantized for stage in model.quantize(latents).stages]
        rests = [latents, *(latents - model.quantizer.restore(total) for total in totals)]
        left.append([float(rest.square().mean().sqrt()) for rest in rests])
    scores = scores_of(model, image_files(tmp_path))
    assert scores.residual_rms == pytest.approx(np.mean(left, axis=0).tolist(), rel=1e-4)
    bounded = float(model.quantize(model.encode(to_tensor(pictures[0]))).stages[0].rms_before)
    assert left[0][0] > 1.02 * bounded


def test_scores_do_not_depend_on_the_batch_size(tiny: Tiny, photo_folder: Path, tmp_path: Path, photo: Photo) -> None:
    for number in range(7):
        Image.fromarray(photo(20, 24, number)).save(tmp_path / f"{number}.png")
    model = build(tiny(num_stages=2, conditioning="layernorm"))
    results = [as_record(scores_of(model, image_files(tmp_path), batch_size=size)) for size in (1, 3, 16)]
    for other in results[1:]:
        for key, value in results[0].items():
            if key == "intervals":
                assert all(other[key][metric] == pytest.approx(bounds, rel=1e-4) for metric, bounds in value.items())
                continue
            expected = value if isinstance(value, str | dict | None) else pytest.approx(value, rel=1e-4)
            assert other[key] == expected, key


def test_only_one_batch_is_held_at_a_time(tiny: Tiny, photo_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from rfsq.evidence import image_folder

    events: list[str] = []
    read, encode = image_folder.read_image, QuantizedAutoencoder.encode

    def noted_encode(self: QuantizedAutoencoder, images: Tensor) -> Tensor:
        events.append("encode")
        return encode(self, images)

    monkeypatch.setattr(image_folder, "read_image", lambda file: (events.append("read"), read(file))[1])
    monkeypatch.setattr(QuantizedAutoencoder, "encode", noted_encode)
    evaluate("m", build(tiny()), image_files(photo_folder), device=CPU, batch_size=4)
    # all twelve sizes differ, so each picture is a batch: at most one is read ahead to find that out
    ahead = [events[: n + 1].count("read") - events[: n + 1].count("encode") for n in range(len(events))]
    assert events.count("read") == events.count("encode") == 12 and max(ahead) <= 2


def test_a_missing_score_comes_with_its_reason(tiny: Tiny, pictures: list[np.ndarray], tmp_path: Path) -> None:
    learned = {"lpips": LearnedMetric(None, "No weights here."), "st_lpips": LearnedMetric(load_st_lpips())}
    scores = scores_of(build(tiny()), image_files(tmp_path), learned=learned)
    assert scores.ms_ssim is None and "MS-SSIM needs at least 176 pixels" in scores.not_measured["ms_ssim"]
    assert scores.lpips is None and scores.not_measured["lpips"] == "No weights here."
    assert scores.st_lpips is None and "ST-LPIPS (alex) needs at least 21 pixels" in scores.not_measured["st_lpips"]
    assert set(scores.not_measured) == {"ms_ssim", "lpips", "st_lpips"} and scores.ssim is not None
    assert json.loads(json.dumps(as_record(scores), allow_nan=False))["ms_ssim"] is None


def test_a_perceptual_score_is_the_mean_over_the_pictures_that_people_see(
    tiny: Tiny, photo: Photo, tmp_path: Path
) -> None:
    pictures = [photo(24, 33, number) for number in range(3)]
    for number, pixels in enumerate(pictures):
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
    model, metric = build(tiny()), load_st_lpips()
    scores = scores_of(model, image_files(tmp_path), learned={"st_lpips": LearnedMetric(metric)}, batch_size=2)
    wanted = [metric(to_tensor(p), to_tensor(shown(model, p, 1).astype(np.uint8))).item() for p in pictures]
    assert scores.st_lpips == pytest.approx(np.mean(wanted), rel=1e-5)
    low, high = scores.intervals["st_lpips"]
    assert low < scores.st_lpips < high
    assert "st_lpips" in as_record(scores)


def test_scores_from_before_there_was_st_lpips_are_written_without_it(
    tiny: Tiny, pictures: list[np.ndarray], tmp_path: Path
) -> None:
    scores = scores_of(build(tiny()), image_files(tmp_path), learned={"lpips": LearnedMetric(None, "No weights here.")})
    older = replace(scores, not_measured={k: v for k, v in scores.not_measured.items() if k != "st_lpips"})
    assert "st_lpips" not in as_record(older)


def test_a_perfect_copy_has_no_finite_psnr(
    tiny: Tiny, pictures: list[np.ndarray], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = build(tiny("continuous"))
    originals = {tuple(to_tensor(p).shape): to_tensor(p) for p in pictures[1:]}
    monkeypatch.setattr(model, "decode", lambda latents, height, width: originals[(1, 3, height, width)])
    scores = scores_of(model, [tmp_path / "1.png", tmp_path / "2.png"], batch_size=1)
    assert scores.l1 == 0 and scores.psnr_db is None and scores.not_measured["psnr_db"] == "A score was not finite."


def test_a_continuous_model_has_no_rate(tiny: Tiny, pictures: list[np.ndarray], tmp_path: Path) -> None:
    scores = scores_of(build(tiny("continuous")), image_files(tmp_path))
    assert scores.psnr_db is not None
    assert scores.bits_per_token is scores.bpp_nominal is scores.bpp_entropy is None
    assert scores.usage == scores.perplexity == scores.residual_rms == scores.entropy_bits == ()


def test_one_pass_scores_every_number_of_stages(tiny: Tiny, pictures: list[np.ndarray], tmp_path: Path) -> None:
    model, files = build(tiny(num_stages=3, conditioning="layernorm")), image_files(tmp_path)
    together = evaluate("m", model, files, device=CPU, stages=[1, 2, 3], batch_size=2)
    for k, evaluation in enumerate(together, start=1):
        [alone] = evaluate("m", model, files, device=CPU, stages=[k], batch_size=2)
        assert evaluation.scores == alone.scores
        assert evaluation.per_image["psnr_db"] == alone.per_image["psnr_db"]


def test_scores_per_image_are_in_the_order_of_the_files(tiny: Tiny, pictures: list[np.ndarray], tmp_path: Path) -> None:
    model, files = build(tiny()), image_files(tmp_path)
    [evaluation] = evaluate("m", model, files, device=CPU)
    for number, pixels in enumerate(pictures):
        expected = float(metrics.psnr_db(to_tensor(pixels), to_tensor(shown(model, pixels, 1).astype(np.uint8))))
        assert evaluation.per_image["psnr_db"][number] == pytest.approx(expected, rel=1e-5)
    assert all(math.isnan(value) for value in evaluation.per_image["ms_ssim"])
    low, high = evaluation.scores.intervals["psnr_db"]
    assert evaluation.scores.psnr_db is not None and low <= evaluation.scores.psnr_db <= high
    assert "ms_ssim" not in evaluation.scores.intervals


@pytest.mark.parametrize(("kind", "dim", "levels"), [("fsq", 9, (4,) * 9), ("lfq", 17, ())])
def test_huge_codebooks_are_counted_channel_by_channel(
    tiny: Tiny, photo_folder: Path, kind: str, dim: int, levels: tuple[int, ...]
) -> None:
    model = build(tiny(kind, dim, levels=levels))
    scores = scores_of(model, image_files(photo_folder))
    assert scores.perplexity == scores.usage == (None,)
    assert "too few to see how a codebook" in scores.not_measured["perplexity"]
    codes = [
        model.quantize(model.encode(to_tensor(read_image(file)))).quantized.detach()
        for file in image_files(photo_folder)
    ]
    channels = np.concatenate([code[0].flatten(1).numpy() for code in codes], axis=1)
    assert scores.entropy_bits == (pytest.approx(sum(entropy(channel) for channel in channels)),)


def test_the_signal_to_step_ratio_is_what_each_stage_rounds_over_the_distance_of_its_levels(
    tiny: Tiny, pictures: list[np.ndarray], tmp_path: Path
) -> None:
    model = build(tiny(num_stages=2, conditioning="scale", initial_scale=3.0))
    scores = scores_of(model, image_files(tmp_path), batch_size=1)
    ratios = []
    for pixels in pictures:
        z = model.encode(to_tensor(pixels))
        residuals = [z, z - model.quantize(z).stages[0].quantized]
        ratios.append(
            [float((3 * residual).tanh().square().mean().sqrt().detach()) / (2 / 3) for residual in residuals]
        )
    assert scores.signal_to_step == pytest.approx(np.mean(ratios, axis=0), rel=1e-5)
    assert scores_of(build(tiny("vq")), image_files(tmp_path)).signal_to_step == (None,)


def test_bad_input_is_named(tiny: Tiny, pictures: list[np.ndarray], tmp_path: Path) -> None:
    model = build(tiny())
    with pytest.raises(EvaluationError, match="no images to evaluate on"):
        evaluate("m", model, [], device=CPU)
    with pytest.raises(ValueError, match=r"has 1 stage\(s\), not 2"):
        evaluate("m", model, image_files(tmp_path), device=CPU, stages=[2])
    (tmp_path / "broken.png").write_bytes(b"no picture")
    with pytest.raises(EvaluationError, match="^broken.png: We cannot read this file"):
        evaluate("m", model, image_files(tmp_path), device=CPU)
