"""LFQ of vector-quantize-pytorch by Phil Wang (MIT): the sign of each channel, arXiv:2310.05737.

python -m rfsq doctor --quantizer examples/lfq.py:lfq
"""

from torch import nn
from vector_quantize_pytorch import LFQ


def lfq(dim: int) -> nn.Module:
    """2^dim codes, without a projection."""
    return LFQ(dim=dim)
