"""What is measured on the pictures that the package ships: anybody can check it without data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from rfsq.metrics import image as metrics
from rfsq.model.model import QuantizedAutoencoder
from rfsq.photos.gallery import EXAMPLES, Example, load_example
from rfsq.photos.pixels import fit_within, to_pixels, to_tensor
from rfsq.quantizers import FSQ
from rfsq.quantizers.statistics import wrong_float_indices


def gallery_psnr_db(model: QuantizedAutoencoder, examples: Sequence[Example] = EXAMPLES) -> dict[str, float]:
    """PSNR on the pictures that the package ships, longer side 256: a score that anybody can check without data."""
    scores = {}
    for example in examples:
        pixels = fit_within(load_example(example.name), 256)
        picture = to_pixels(model.reconstruct(to_tensor(pixels)))
        scores[example.name] = round(float(metrics.psnr_db(to_tensor(pixels), to_tensor(picture))), 3)
    return scores


def float_index_errors(models: Mapping[str, QuantizedAutoencoder]) -> dict[str, dict[str, float]]:
    """Share of wrong indices on the gallery pictures if they were computed in floating point, as released code does.

    Arithmetic -> model -> share, for the single-stage FSQ models among `models`.
    """
    shares: dict[str, dict[str, float]] = {"float32": {}, "bfloat16": {}}
    for name, model in models.items():
        if isinstance(model.quantizer, FSQ):
            pictures = [to_tensor(fit_within(load_example(example.name), 256)) for example in EXAMPLES]
            indices = [model.quantize(model.encode(picture)).indices[0].flatten() for picture in pictures]
            together = torch.cat(indices).view(1, 1, -1)
            for dtype in (torch.float32, torch.bfloat16):
                share = wrong_float_indices(model.quantizer, together, dtype)
                shares[str(dtype).removeprefix("torch.")][name] = round(share, 5)
    return shares
