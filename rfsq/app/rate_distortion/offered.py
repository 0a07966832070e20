"""The models whose files the Rate–distortion page makes: those of the zoo, and stacks for low rates."""

from __future__ import annotations

from rfsq.app.shared.own_models import config_of
from rfsq.evidence.low_rates.models import LOW_RATE_STACKS
from rfsq.model.calibration import calibration_path
from rfsq.model.checkpoint import available_models, zoo_checkpoint
from rfsq.model.stack import parse_stack_name
from rfsq.model.zoo import ZOO


def offered_models() -> list[str]:
    """Names of quantizing models that are here, by the size of their blocks; a stack needs its network's latents."""
    here = available_models()
    names = [name for name in here if ZOO[name].quantized]
    for name in LOW_RATE_STACKS:
        stack = parse_stack_name(name)
        if stack is not None and stack[0] in here and calibration_path(zoo_checkpoint(stack[0])).is_file():
            names.append(name)
    return sorted(names, key=lambda name: config_of(name).stride)
