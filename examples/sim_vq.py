"""SimVQ of vector-quantize-pytorch by Phil Wang (MIT): a fixed random codebook behind a learned matrix, arXiv:2411.02038.

python -m rfsq doctor --quantizer examples/sim_vq.py:sim_vq
"""

from torch import nn
from vector_quantize_pytorch import SimVQ


def sim_vq(dim: int, codes: int = 1024) -> nn.Module:
    """`codes` codes; only the matrix is trained."""
    return SimVQ(dim=dim, codebook_size=codes)
