"""Residual quantization: quantize, subtract, quantize what is left."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from rfsq.quantizers.base import Quantizer
from rfsq.quantizers.conditioning import ConditioningName, strategy
from rfsq.quantizers.conditioning.geometric import bounded, cell_ranges, first_ratios, geometric_steps, unbounded
from rfsq.quantizers.stages import Stage


class Residual(Quantizer):
    """Stack a base quantizer on its own residuals, with a conditioning strategy in front of every stage.

        r₀ = z;  q_k = undo_k(Q_k(condition_k(r_{k-1})));  r_k = r_{k-1} − q_k;  quantized = Σ q_k

    Input z: (B, D, h, w), any real. Of the result, `quantized` has the shape of z, `indices` are (B, S, h, w) for S =
    num_stages, and `side` (B, S, V) holds the V numbers per stage and image that LayerNorm needs to be undone, else None.

    `make_base(stage)` builds the quantizer of one stage (FSQ, LFQ or VQ; stages counted from 0); all have equal
    codebook sizes. FSQ stages may take turns on the channels (`FSQ` with levels of 1). A strategy that works on bounded
    latents ("geometric") bounds them once, and its FSQ stages clamp, whatever bound `make_base` gave them.
    `initial_scale` is the factor that "scale" starts with in every stage and "gain" in all; the others do not use it.

    A gradient trains the factors and biases of a conditioning through the bounding of FSQ and LFQ. VQ bounds nothing, so the
    straight-through estimates of the stages cancel: biases get no gradient around it, factors next to none but that of the
    last stage of "scale" and "layernorm-global"; `rfsq.quantizers.fit` finds them.
    Raises ValueError for fewer than 1 stage, unequal stages, a channel that no stage codes, an unknown conditioning, or an
    initial scale that it uses and that is not positive and finite.
    Source: arXiv:2508.15860, section 3.

    >>> import torch
    >>> from rfsq.quantizers import FSQ
    >>> stack = Residual(lambda stage: FSQ([4] * 5), num_stages=4, conditioning="layernorm").eval()
    >>> stack.bits_per_token, stack.side_values
    (40.0, 10)
    >>> output = stack(torch.zeros(1, 5, 2, 3))
    >>> output.indices.shape, torch.equal(stack.decode(output.indices, output.side), output.quantized)
    (torch.Size([1, 4, 2, 3]), True)
    """

    def __init__(
        self,
        make_base: Callable[[int], Quantizer],
        num_stages: int,
        conditioning: ConditioningName = "none",
        initial_scale: float = 1.0,
    ) -> None:
        if num_stages < 1:
            raise ValueError(f"a residual quantizer needs at least 1 stage, got {num_stages}")
        chosen = strategy(conditioning)
        bases = [make_base(stage) for stage in range(num_stages)]
        if chosen.bounds_latents:
            bases = [base.clamping() for base in bases]
        if len({(base.dim, base.codebook_size) for base in bases}) > 1:
            raise ValueError("the stages of a residual quantizer must have equal channels and codebook sizes")
        super().__init__(bases[0].dim, tuple(base.codebook_size for base in bases))
        self.conditioning = conditioning
        self.commitment_weight = bases[0].commitment_weight
        resolutions = [base.resolution for base in bases]
        self.ratios = first_ratios(resolutions)
        self.bounds_latents = chosen.bounds_latents
        self.register_buffer("_ranges", cell_ranges(self.ratios), persistent=False)
        self._ranges: Tensor
        conditionings = [chosen.build(self.dim, steps, initial_scale) for steps in geometric_steps(resolutions)]
        self.side_values = conditionings[0].side_values
        self.bases = nn.ModuleList(bases)
        self.conditionings = nn.ModuleList(conditionings)

    @property
    def parts(self) -> tuple[Stage, ...]:
        return tuple(map(Stage, self.bases, self.conditionings))  # type: ignore[arg-type]  # ModuleList forgets types

    def prepare(self, z: Tensor) -> Tensor:
        return bounded(z, self._ranges) if self.bounds_latents else z

    def restore(self, quantized: Tensor) -> Tensor:
        return unbounded(quantized, self._ranges) if self.bounds_latents else quantized
