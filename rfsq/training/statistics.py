"""How a trained model uses its codes on the training photos."""

from __future__ import annotations

from itertools import islice
from typing import Any

import torch

from rfsq.model.model import QuantizedAutoencoder
from rfsq.photos.pixels import to_tensor
from rfsq.quantizers.usage import CodeHistogram
from rfsq.training.data import PhotoCache, PhotoSource


def code_statistics(
    model: QuantizedAutoencoder, source: PhotoSource, cache: PhotoCache, photos: int = 2000
) -> dict[str, Any]:
    """Used share, perplexity and entropy (bits) of each stage over whole training photos, `photos` of them at most.

    Computed on the model's device. The used share over a part of the photos is a lower bound of the share over all.
    """
    histograms = [CodeHistogram() for _ in range(model.num_stages if model.quantizer else 0)]
    seen = 0
    device = next(model.parameters()).device
    with torch.inference_mode():
        for photo in islice(source.epoch(0, seed=0), photos if histograms else 0):
            if (pixels := cache.pixels(photo)) is not None:
                seen += 1
                output = model.quantize(model.encode(to_tensor(pixels).to(device)))
                for histogram, stage in zip(histograms, output.stages, strict=True):
                    histogram.update(stage.indices)
    sizes = model.quantizer.codebook_sizes if model.quantizer else ()
    return {
        "training_photos_counted": seen,
        "training_usage": [histogram.usage(size) for histogram, size in zip(histograms, sizes, strict=True)],
        "training_perplexity": [histogram.perplexity() for histogram in histograms],
        "training_entropy_bits": [histogram.entropy_bits() for histogram in histograms],
    }
