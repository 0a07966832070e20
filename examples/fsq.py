"""FSQ of vector-quantize-pytorch by Phil Wang (MIT): each channel rounded to a few levels, arXiv:2309.15505.

python -m rfsq doctor --quantizer examples/fsq.py:fsq
"""

from torch import nn
from vector_quantize_pytorch import FSQ


def fsq(dim: int, levels: int = 4, preserve_symmetry: bool = True) -> nn.Module:
    """levels^dim codes. Its default, `preserve_symmetry=False`, shifts an even number of levels by half a step."""
    return FSQ([levels] * dim, preserve_symmetry=preserve_symmetry)
