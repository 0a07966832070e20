"""ResidualLFQ of vector-quantize-pytorch by Phil Wang (MIT): LFQ on what is left, each stage with codes of half the size.

python -m rfsq doctor --quantizer examples/residual_lfq.py:residual_lfq
"""

from torch import nn
from vector_quantize_pytorch import ResidualLFQ


def residual_lfq(dim: int, stages: int = 8) -> nn.Module:
    """`stages` indices of 2^dim codes each."""
    return ResidualLFQ(dim=dim, codebook_size=2**dim, num_quantizers=stages)
