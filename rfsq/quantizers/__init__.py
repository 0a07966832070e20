"""The quantizers: FSQ, LFQ, VQ, and `Residual`, which stacks any of them."""

from rfsq.quantizers.base import Quantizer, QuantizerOutput, StageTrace
from rfsq.quantizers.conditioning import CONDITIONINGS, ConditioningName
from rfsq.quantizers.fsq import FSQ
from rfsq.quantizers.lfq import LFQ
from rfsq.quantizers.residual import Residual
from rfsq.quantizers.vq import VQ

__all__ = [
    "CONDITIONINGS",
    "FSQ",
    "LFQ",
    "VQ",
    "ConditioningName",
    "Quantizer",
    "QuantizerOutput",
    "Residual",
    "StageTrace",
]
