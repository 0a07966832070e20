"""ResidualFSQ of vector-quantize-pytorch by Phil Wang (MIT): FSQ on what is left, with steps that shrink geometrically.

python -m rfsq doctor --quantizer examples/residual_fsq.py:residual_fsq
"""

from torch import nn
from vector_quantize_pytorch import ResidualFSQ


def residual_fsq(dim: int, levels: int = 4, stages: int = 4) -> nn.Module:
    """`stages` indices of levels^dim codes each."""
    return ResidualFSQ(levels=[levels] * dim, num_quantizers=stages)
