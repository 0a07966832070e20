"""How codebooks live and die while they learn: seven quantizers between the same small networks, on the same samples.

`rotation` and `codebooks` are the ways to learn a codebook that the package's own quantizers do not take, `methods`
builds every quantizer that is compared, `network` is what learns around them, `training` lets all seeds of one learn and
records it, `readings` says in words what the records show; `streams` keeps random numbers apart.
"""

from rfsq.teaching.lab.life.codebooks import CodebookVQ, SimVQ
from rfsq.teaching.lab.life.methods import CODE_COUNTS, METHODS, STARTS, Method, StartName
from rfsq.teaching.lab.life.readings import readings
from rfsq.teaching.lab.life.rotation import rotated
from rfsq.teaching.lab.life.training import SEEDS, STEPS, Life, LifeSettings, learn, least_error

__all__ = [
    "CODE_COUNTS",
    "METHODS",
    "SEEDS",
    "STARTS",
    "STEPS",
    "CodebookVQ",
    "Life",
    "LifeSettings",
    "Method",
    "SimVQ",
    "StartName",
    "learn",
    "least_error",
    "readings",
    "rotated",
]
