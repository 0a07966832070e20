"""ResidualVQ of vector-quantize-pytorch by Phil Wang (MIT): VectorQuantize on what is left, arXiv:2107.03312.

python -m rfsq doctor --quantizer examples/residual_vq.py:residual_vq
"""

from torch import nn
from vector_quantize_pytorch import ResidualVQ


def residual_vq(dim: int, codes: int = 1024, stages: int = 4) -> nn.Module:
    """`stages` indices of `codes` codes each, codebooks as in vector_quantize.py."""
    return ResidualVQ(dim=dim, codebook_size=codes, num_quantizers=stages, kmeans_init=True, threshold_ema_dead_code=2)
