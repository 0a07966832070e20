"""The same quantizer from two sides, configured alike: ours, and that of vector-quantize-pytorch or of the paper's released
code."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from rfsq.commands.benchmark.released import ReleasedStack
from rfsq.quantizers import FSQ, LFQ, VQ, Quantizer, Residual

PEER = "vector-quantize-pytorch"
RELEASED = "the paper's released code, its formulas written by us"


@dataclass(frozen=True)
class Result:
    """What a call of either side gives, for training and for checking that both did the same work."""

    quantized: Tensor  # (B, D, h, w)
    indices: Tensor  # (B, S, h, w)
    aux_loss: Tensor  # scalar


@dataclass(frozen=True)
class Pair:
    """One quantizer from both packages, configured alike."""

    name: str
    dim: int
    ours: Quantizer
    peer: nn.Module
    call_peer: Callable[[Tensor], Result]
    note: str = ""
    against: str = PEER

    def call_ours(self, z: Tensor) -> Result:
        output = self.ours(z)
        return Result(output.quantized, output.indices, output.aux_loss)


def build_pairs() -> list[Pair]:
    """FSQ, LFQ, VQ, residual VQ and residual FSQ. Raises ValueError when the peer package is missing."""
    try:
        import vector_quantize_pytorch as peers
    except ImportError as error:
        raise ValueError(f"--peers needs {PEER}: pip install -r requirements-dev.txt") from error
    shared: dict[str, Any] = {
        "decay": 0.99,
        "threshold_ema_dead_code": 0.1,
        "commitment_weight": 0.25,
        "rotation_trick": False,
    }
    lfq = LFQ(12)  # its loss counts per channel, the peer's per token
    geometric = Residual(lambda stage: FSQ((4,) * 5), 4, "geometric")
    residual_vq = Residual(lambda stage: VQ(1024, 5, seed=stage), 4)
    return [
        _fsq_pair("FSQ 8·8·8·4", FSQ((8, 8, 8, 4)), peers.FSQ([8, 8, 8, 4], preserve_symmetry=True)),
        _lfq_pair(
            "LFQ 2¹²",
            lfq,
            peers.LFQ(dim=12, entropy_loss_weight=lfq.entropy_weight / lfq.dim, straight_through_activation=nn.Tanh()),
        ),
        _vq_pair("VQ 4096 EMA", VQ(4096, 4), peers.VectorQuantize(4, 4096, **shared)),
        _vq_pair(
            "residual VQ 4×1024", residual_vq, peers.ResidualVQ(dim=5, codebook_size=1024, num_quantizers=4, **shared)
        ),
        _fsq_pair(
            "residual FSQ 4×1024",
            geometric,
            peers.ResidualFSQ(levels=[4] * 5, num_quantizers=4, is_channel_first=True),
            note="ours: geometric conditioning, which is the peer's scheme",
        ),
    ]


def build_released() -> list[Pair]:
    """Residual FSQ with the paper's two ways of conditioning, against the formulas of its released code."""
    levels, stages = (4,) * 5, 4
    pairs = []
    for conditioning in ("scale", "layernorm"):
        ours = Residual(lambda stage: FSQ(levels), stages, conditioning)
        theirs = ReleasedStack(levels, stages, conditioning)

        def call(z: Tensor, theirs: ReleasedStack = theirs) -> Result:
            quantized, indices = theirs(z)
            return Result(quantized, indices.permute(0, 3, 1, 2), z.new_zeros(()))

        name = f"residual FSQ {stages}×{math.prod(levels)} {conditioning}"
        pairs.append(Pair(name, len(levels), ours, theirs, call, against=RELEASED))
    return pairs


def _fsq_pair(name: str, ours: Quantizer, peer: nn.Module, note: str = "") -> Pair:
    def call(z: Tensor) -> Result:
        quantized, indices = peer(z)
        return Result(quantized, indices.view(len(z), -1, *z.shape[2:]), z.new_zeros(()))

    return Pair(name, ours.dim, ours, peer, call, note)


def _lfq_pair(name: str, ours: LFQ, peer: nn.Module) -> Pair:
    def call(z: Tensor) -> Result:
        quantized, indices, loss = peer(z, inv_temperature=1 / ours.temperature)
        return Result(quantized, indices[:, None], loss)

    return Pair(
        name, ours.dim, ours, peer, call, "entropy of the mean token: ours by groups of 8 bits, the peer's joint"
    )


def _vq_pair(name: str, ours: Quantizer, peer: nn.Module) -> Pair:
    """Both start from our random codebooks, as if k-means were over."""
    stages = [base for base in ours.modules() if isinstance(base, VQ)]
    layers = [layer for layer in peer.modules() if hasattr(layer, "embed_avg")]
    for stage, layer in zip(stages, layers, strict=True):
        stage.updates.fill_(1)
        for buffer in ("embed", "embed_avg"):
            layer.get_buffer(buffer).copy_(stage.codebook[None])

    def call(z: Tensor) -> Result:
        batch, dim, height, width = z.shape
        # Channels last by a view: the peer's own image layout fails in ResidualVQ 1.32.0.
        quantized, indices, loss = peer(z.permute(0, 2, 3, 1).flatten(1, 2))
        quantized = quantized.view(batch, height, width, dim).permute(0, 3, 1, 2)
        return Result(quantized, indices.view(batch, height, width, -1).permute(0, 3, 1, 2), loss.sum())

    return Pair(name, ours.dim, ours, peer, call)
