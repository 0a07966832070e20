"""VectorQuantize of vector-quantize-pytorch by Phil Wang (MIT): the nearest code of a learned codebook, arXiv:1711.00937.

python -m rfsq doctor --quantizer examples/vector_quantize.py:vector_quantize
"""

from torch import nn
from vector_quantize_pytorch import VectorQuantize


def vector_quantize(dim: int, codes: int = 1024) -> nn.Module:
    """The codebook follows by moving averages from k-means centres; codes that fall out of use are replaced."""
    return VectorQuantize(dim, codes, kmeans_init=True, threshold_ema_dead_code=2, rotation_trick=False)
