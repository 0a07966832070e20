"""Quantization in two dimensions, without any trained model: small enough to see every sample, every level, every cell.

`sources` draws samples, `stacks` builds and fits the package's own quantizers on them, `runs` says what each stage did,
`readings` says it in words, `bounds` what no quantizer can beat, `gradient` fits the factors of a stack as training would.
`life` lets codebooks learn between small networks.
"""

from rfsq.teaching.lab.bounds import gaussian_distortion
from rfsq.teaching.lab.gradient import FactorFit, fit_by_gradient
from rfsq.teaching.lab.readings import READINGS, reading
from rfsq.teaching.lab.runs import LabRun, LabStage, run_stack
from rfsq.teaching.lab.sources import SOURCES, SourceName, covariance_of, draw, latent_samples
from rfsq.teaching.lab.stacks import BASES, BaseName, Stack, factors_of, fit_stack

__all__ = [
    "BASES",
    "READINGS",
    "SOURCES",
    "BaseName",
    "FactorFit",
    "LabRun",
    "LabStage",
    "SourceName",
    "Stack",
    "covariance_of",
    "draw",
    "factors_of",
    "fit_by_gradient",
    "fit_stack",
    "gaussian_distortion",
    "latent_samples",
    "reading",
    "run_stack",
]
