"""How are latents rounded? FSQ, LFQ, VQ, and `Residual`, which stacks any of them."""

from rfsq.quantizers.base import Quantizer
from rfsq.quantizers.conditioning import CONDITIONINGS, TRAINED_CONDITIONINGS, Conditioning, ConditioningName
from rfsq.quantizers.fsq import FSQ
from rfsq.quantizers.lfq import LFQ
from rfsq.quantizers.residual import Residual
from rfsq.quantizers.stages import QuantizerOutput, Stage, StageStep, StageTrace
from rfsq.quantizers.vq import VQ

__all__ = [
    "CONDITIONINGS",
    "FSQ",
    "LFQ",
    "TRAINED_CONDITIONINGS",
    "VQ",
    "Conditioning",
    "ConditioningName",
    "Quantizer",
    "QuantizerOutput",
    "Residual",
    "Stage",
    "StageStep",
    "StageTrace",
]
