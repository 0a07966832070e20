"""What torch keeps on a CPU for every size of picture that went through it, bounded: a server for days sees all sizes.

Of the last 1,024 combinations of layer and size oneDNN keeps the compiled primitive, in one cache for the process, and
ideep, which stands between torch and oneDNN, the descriptor of a transposed convolution, in one cache for each thread. Both
read their capacity from the environment when the first convolution of the process runs. To make them anew costs less
than can be told from the time of a pass.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from typing import Final

CAPACITIES: Final = {
    "ONEDNN_PRIMITIVE_CACHE_CAPACITY": 128,  # about 0.1 MB each; a pass of one size has about 9
    "LRU_CACHE_CAPACITY": 8,  # about 0.3 MB each; a decoder of one size has 2. 0 ends the process
}


def bound_caches(environment: MutableMapping[str, str] = os.environ) -> None:
    """Bound both for this process, before its first convolution. What the environment says already is left."""
    for name, entries in CAPACITIES.items():
        environment.setdefault(name, str(entries))
