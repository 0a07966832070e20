"""VectorQuantize of vector-quantize-pytorch by Phil Wang (MIT) with the rotation trick, arXiv:2410.06424.

The trick is another gradient for the encoder. Where the latents are given, as in a bench, it can change nothing.

    python -m rfsq doctor --quantizer examples/rotation_trick.py:rotation_trick
"""

from torch import nn
from vector_quantize_pytorch import VectorQuantize


def rotation_trick(dim: int, codes: int = 1024) -> nn.Module:
    """As in vector_quantize.py, with the trick."""
    return VectorQuantize(dim, codes, kmeans_init=True, threshold_ema_dead_code=2, rotation_trick=True)
