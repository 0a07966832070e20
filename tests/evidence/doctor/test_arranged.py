"""Axes are found by the shapes, or said; what does not fit is a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from rfsq.evidence.doctor.arranged import Arranged, arrange, guess_stages
from rfsq.evidence.doctor.tensor_files import StoredTensor

P, D, H, W, S = 2, 5, 6, 7, 3
Z = torch.randn(P, D, H, W, generator=torch.Generator().manual_seed(0))
I = torch.randint(0, 9, (P, S, H, W), generator=torch.Generator().manual_seed(1))


def stored(values: Tensor | None) -> StoredTensor | None:
    return None if values is None else StoredTensor("file.npy", str(values.dtype).removeprefix("torch."), values)


def arranged(indices: Tensor | None, latents: Tensor | None = None, quantized: Tensor | None = None) -> Arranged:
    return arrange(stored(indices), stored(latents), stored(quantized))


@pytest.mark.parametrize(
    ("latents", "channels"),
    [
        (Z, "first"),
        (Z.movedim(1, -1), "last"),
    ],
)
@pytest.mark.parametrize(
    ("indices", "stages"),
    [(I, "first"), (I.movedim(1, -1), "last"), (I.flatten(2), "first"), (I.movedim(1, -1).flatten(1, 2), "last")],
)
def test_the_grid_of_latents_tells_every_layout(latents: Tensor, channels: str, indices: Tensor, stages: str) -> None:
    found = arranged(indices, latents)
    assert (found.channels, found.stages) == (channels, stages)
    assert found.indices is not None and torch.equal(found.indices, I)
    assert found.latents is not None and torch.equal(found.latents, Z)


@pytest.mark.parametrize(
    ("shape", "stages"),
    [((2, 3, 64, 64), "first"), ((2, 64, 64, 3), "last"), ((2, 64, 64), "none"), ((8, 4, 1024), "first")]
    + [((8, 1024, 4), "last"), ((4096,), "none"), ((16, 256), "none"), ((4096, 4), "last"), ((4, 4, 4, 4), "first")],
)
def test_without_latents_the_short_axis_is_that_of_the_stages(shape: tuple[int, ...], stages: str) -> None:
    assert guess_stages(shape, None) == stages
    found = arranged(torch.zeros(shape, dtype=torch.int64))
    assert found.indices is not None and found.indices.numel() == torch.Size(shape).numel()


def test_sequences_are_one_row_of_tokens() -> None:
    found = arranged(I.flatten(2), Z.flatten(2).transpose(1, 2))
    assert found.latents is not None and found.latents.shape == (P, D, 1, H * W)
    assert found.indices is not None and found.indices.shape == (P, S, 1, H * W)
    tokens = Z.movedim(1, -1).flatten(0, 2)
    assert arranged(None, tokens).latents.shape == (1, D, 1, P * H * W)  # type: ignore[union-attr]


def test_quantized_latents_are_one_sum_or_stage_by_stage() -> None:
    assert len(arranged(I, Z, Z * 0.9).parts) == 1
    found = arranged(I, Z.movedim(1, -1), torch.stack([Z, Z * 0.1, Z * 0.01]).movedim(2, -1))
    assert len(found.parts) == S and torch.equal(found.parts[1], Z * 0.1)
    assert len(arranged(I, None, torch.stack([Z, Z, Z])).parts) == S


def test_what_is_said_wins_over_the_guess() -> None:
    cube = torch.zeros(4, 4, 4, 4, dtype=torch.int64)
    cube[:, :, :, 1] = 1
    found = arrange(stored(cube), None, None, None, "last")
    assert found.indices is not None and bool((found.indices[:, 1] == 1).all())
    latents = torch.zeros(4, 4, 4, 4)
    latents[..., 2] = 1
    found = arrange(stored(cube), stored(latents), None, "last", None)
    assert found.latents is not None and bool((found.latents[:, 2] == 1).all())


@pytest.mark.parametrize(
    ("indices", "latents", "quantized", "sentence"),
    [
        (None, None, None, "nothing to look at"),
        (I[:1], Z, None, "do not fit 2 images of 6×7 tokens"),
        (I, Z, Z[:1], "does not fit latents"),
        (I, Z, torch.stack([Z, Z]), "2 parts of quantized latents do not fit 3 indices"),
        (I + 0.5, Z, None, "no whole numbers"),
        (I, Z.long(), None, "latents are floating point"),
        (I, Z * torch.nan, None, "420 of 420 values that are not finite"),
        (I * torch.inf, Z, None, "no whole numbers"),
        (torch.zeros(2, 2, 2, 2, 2, dtype=torch.int64), None, None, "one to four axes"),
        (I, Z[None, None], None, "two to four axes"),
        (I, Z[0, 0, 0], None, "two to four axes"),
    ],
)
def test_what_does_not_fit_is_a_sentence(
    indices: Tensor | None, latents: Tensor | None, quantized: Tensor | None, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        arranged(indices, latents, quantized)


def test_indices_in_floating_point_are_taken_and_left_as_they_are(tmp_path: Path) -> None:
    for kind in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
        found = arranged(I.to(kind))
        assert (
            found.indices is not None and found.indices.is_floating_point() and found.index_type.endswith(str(kind)[6:])
        )
