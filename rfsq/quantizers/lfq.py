"""Lookup-free quantization: the sign of every latent channel is the code."""

from __future__ import annotations

import math

import torch
from torch import Tensor, sym_max
from torch.nn.functional import logsigmoid

from rfsq.quantizers.base import Quantizer, check_weights
from rfsq.quantizers.ranks import mean_over_ranks
from rfsq.quantizers.rounding import radix_of, straight_through, weighted_sum
from rfsq.quantizers.stages import StageCodes

_GROUP = 8  # channels whose joint distribution is formed explicitly: 2^8 numbers a token
_TINY = 1e-37


class LFQ(Quantizer):
    """Quantize each of `dim` channels to -1 or +1.

    Input z: (B, dim, h, w), any real. Codes: (B, dim, h, w), -1 or +1; indices: 0 <= i < 2^dim, first channel most
    significant. Training adds an entropy loss: every token should be sure of its code (low entropy per token) while
    all codes are used alike (high entropy on average): `entropy_weight` · (mean entropy of a token − `diversity` · entropy
    of the mean token), in nats per channel. The first term is exact because the bits of one token are independent given z. The
    second is taken over groups of at most 8 channels, an upper bound of the joint entropy, so that memory grows with dim
    and not with 2^dim.

    The gradient passes through the sign as if it were tanh. The source passes it unchanged and holds z near ±1 with a
    commitment loss; on our photos that lost 0.7 dB and more, so `commitment_weight` is there but 0 by default.
    `temperature` softens the bits that the entropies are taken of: P(bit = 1) = sigmoid(4 z / temperature).
    Raises ValueError if dim is not in 1 … 62, the temperature is not positive and finite, or a weight is negative or not
    finite. Source: MAGVIT-v2, arXiv:2310.05737, section 3.1.

    >>> lfq = LFQ(3)
    >>> output = lfq(torch.tensor([0.3, -2.0, 0.1]).view(1, 3, 1, 1))
    >>> output.quantized.flatten().tolist(), int(output.indices)  # binary 101
    ([1.0, -1.0, 1.0], 5)
    """

    first_channel_is_least = False

    def __init__(
        self,
        dim: int,
        *,
        entropy_weight: float = 0.02,
        diversity: float = 1.0,
        commitment_weight: float = 0.0,
        temperature: float = 4.0,
    ) -> None:
        if not 1 <= dim <= 62:
            raise ValueError(f"LFQ needs 1 to 62 channels, got {dim}")
        if not 0 < temperature < math.inf:
            raise ValueError(f"temperature must be positive and finite, got {temperature}")
        check_weights(entropy_weight=entropy_weight, diversity=diversity, commitment_weight=commitment_weight)
        super().__init__(dim, (2**dim,))
        self.levels = (2,) * dim
        self.commitment_weight = commitment_weight
        self.entropy_weight = entropy_weight
        self.diversity = diversity
        self.temperature = temperature
        radix = [2**d for d in reversed(range(dim))]
        self.register_buffer("_weights", torch.tensor(radix).view(1, -1, 1, 1), persistent=False)
        self.register_buffer("_radix", radix_of(radix, self.codebook_size), persistent=False)
        self._weights: Tensor
        self._radix: Tensor

    def quantize(self, z: Tensor) -> StageCodes:
        bits = z > 0
        codes, aux_loss = self._values(bits), None
        if torch.is_grad_enabled():  # otherwise nobody needs the tanh
            codes = straight_through(codes, z.tanh())
        if self.entropy_weight and self.wants_losses:
            aux_loss = self.entropy_weight * self.entropy_loss(z)
        return StageCodes(codes, weighted_sum(bits, self._radix, self.codebook_size), aux_loss)

    def codes_of(self, indices: Tensor) -> Tensor:
        return self._values(self.digits_of(indices) == 1)

    def digits_of(self, indices: Tensor) -> Tensor:
        """The bit of every channel: indices (B, h, w) -> (B, D, h, w) int64, 0 or 1."""
        return indices[:, None] // self._weights % 2

    def borders(self, channel: int) -> Tensor:
        return torch.zeros(1)

    def rms_in_steps(self, signal: Tensor) -> Tensor:
        return (signal.tanh() / 2).square().mean(dim=(1, 2, 3)).sqrt()

    def entropy_loss(self, z: Tensor) -> Tensor:
        """Mean entropy of a token minus `diversity` times the entropy of the mean token, in nats per channel."""
        logits = z.transpose(0, 1).flatten(1).T * (4 / self.temperature)  # (N, D): squared distances to +1 and -1
        log_p, log_q = logsigmoid(logits), logsigmoid(-logits)
        tokens = logits.shape[0]  # not len(), which fixes the batch of a graph
        token_entropy = self._mean(-(log_p.exp() * log_p + log_q.exp() * log_q).sum(), tokens)
        mean_entropy = z.new_zeros(())
        for p in logits.sigmoid().split(_GROUP, dim=1):
            joint = p.new_ones(p.shape[0], 1)  # (N, 2^channels so far)
            for bit in p.unbind(dim=1):
                joint = torch.cat([joint * (1 - bit[:, None]), joint * bit[:, None]], dim=1)
            mean = self._mean(joint.sum(dim=0), tokens)
            # A code that no token can take has probability 0; the bound keeps its gradient finite (0 · log 0 = 0).
            mean_entropy = mean_entropy - (mean * mean.clamp(min=_TINY).log()).sum()
        return (token_entropy - self.diversity * mean_entropy) / self.dim

    def _mean(self, total: Tensor, tokens: int) -> Tensor:
        """Over the tokens of all ranks in training, of this one in use, where the others may be elsewhere."""
        return mean_over_ranks(total, tokens) if self.training else total / sym_max(tokens, 1)

    @staticmethod
    def _values(bits: Tensor) -> Tensor:
        return bits.float().mul_(2).sub_(1)
