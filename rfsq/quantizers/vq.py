"""Vector quantization with a codebook learned by moving averages."""

from __future__ import annotations

import torch
import torch.distributed as dist
from torch import Tensor
from torch.nn.functional import pad

from rfsq.quantizers.base import Quantizer, StageCodes, straight_through

_CHUNK_FLOATS = 16 * 2**20  # distances held at a time: 64 MiB, whatever the codebook and the image
_MIN_ROWS = 64  # of a matrix product: for fewer, libraries switch to kernels that round differently


def nearest(vectors: Tensor, codebook: Tensor) -> Tensor:
    """Row of the nearest code, (N, D) and (K, D) -> (N,) int64, in bounded memory.

    argmin |v - c|^2 = argmax v·c - |c|^2 / 2: one matrix product per chunk and no square of v. A short chunk is padded,
    so that a vector between two codes gets the same one in an image of one token and in a large batch.
    """
    offset = codebook.square().sum(dim=1).mul(-0.5)
    rows = max(_MIN_ROWS, _CHUNK_FLOATS // len(codebook))
    return torch.cat(
        [
            torch.addmm(offset, pad(chunk, (0, 0, 0, max(0, _MIN_ROWS - len(chunk)))), codebook.T).argmax(dim=1)[
                : len(chunk)
            ]
            for chunk in vectors.split(rows)
        ]
    )


def kmeans(vectors: Tensor, num_codes: int, iterations: int, generator: torch.Generator) -> Tensor:
    """Lloyd's algorithm, (N, D) -> (num_codes, D); an emptied cluster restarts at a random vector."""
    codebook = _sample(vectors, num_codes, generator)
    for _ in range(iterations):
        counts, sums = _statistics(vectors, nearest(vectors, codebook), num_codes)
        fresh = _sample(vectors, num_codes, generator)
        codebook = torch.where(counts[:, None] > 0, sums / counts.clamp(min=1)[:, None], fresh)
    return codebook


def _sample(vectors: Tensor, count: int, generator: torch.Generator) -> Tensor:
    if len(vectors) >= count:
        rows = torch.randperm(len(vectors), generator=generator)[:count]
    else:
        rows = torch.randint(len(vectors), (count,), generator=generator)
    return vectors[rows.to(vectors.device)]


def _statistics(vectors: Tensor, rows: Tensor, num_codes: int) -> tuple[Tensor, Tensor]:
    counts = torch.bincount(rows, minlength=num_codes).to(vectors.dtype)
    sums = torch.zeros(num_codes, vectors.shape[1], dtype=vectors.dtype, device=vectors.device)
    return counts, sums.index_add_(0, rows, vectors)


class VQ(Quantizer):
    """Replace each token by the nearest of `codebook_size` vectors.

    Indices: row of the codebook. While training, the codebook follows the tokens assigned to it by exponential moving
    averages (arXiv:1711.00937, appendix A.1), starts at the k-means centres of the first batch (SoundStream,
    arXiv:2107.03312, section III-C), and codes that fall out of use restart at random tokens of the batch. Under
    distributed training the statistics are summed over the ranks, so that all ranks hold the same codebook.
    Randomness comes from `seed` and the number of updates seen, so a resumed run repeats an uninterrupted one.

    Raises ValueError if codebook_size is below 2 or dim below 1.
    """

    def __init__(
        self,
        codebook_size: int,
        dim: int,
        *,
        decay: float = 0.99,
        commitment_weight: float = 0.25,
        revive_below: float = 0.1,
        kmeans_iterations: int = 10,
        seed: int = 0,
    ) -> None:
        if codebook_size < 2 or dim < 1:
            raise ValueError(f"VQ needs at least 2 codes of at least 1 channel, got {codebook_size} of {dim}")
        super().__init__(dim, (codebook_size,))
        self.decay = decay
        self.commitment_weight = commitment_weight
        self.revive_below = revive_below
        self.kmeans_iterations = kmeans_iterations
        self.seed = seed
        start = torch.randn(codebook_size, dim, generator=torch.Generator().manual_seed(seed))
        self.register_buffer("codebook", start)
        self.register_buffer("ema_counts", torch.ones(codebook_size))
        self.register_buffer("ema_sums", start.clone())
        self.register_buffer("updates", torch.zeros((), dtype=torch.int64))
        self.codebook: Tensor
        self.ema_counts: Tensor
        self.ema_sums: Tensor
        self.updates: Tensor

    def quantize(self, z: Tensor) -> StageCodes:
        vectors = z.detach().permute(0, 2, 3, 1).reshape(-1, self.dim)  # (B·h·w, D)
        if self.training:
            self._start(vectors)
        rows = nearest(vectors, self.codebook)
        indices = rows.view(z.shape[0], *z.shape[2:])
        codes = straight_through(self.codes_of(indices), z)
        if self.training:
            self._update(vectors, rows)
        return StageCodes(codes, indices, z.new_zeros(()))

    def codes_of(self, indices: Tensor) -> Tensor:
        return self.codebook[indices].permute(0, 3, 1, 2).contiguous()

    def _generator(self) -> torch.Generator:
        return torch.Generator().manual_seed(self.seed * 1_000_003 + int(self.updates))

    @torch.no_grad()
    def _start(self, vectors: Tensor) -> None:
        if int(self.updates):
            return
        centres = kmeans(_gather(vectors), self.codebook_size, self.kmeans_iterations, self._generator())
        self.codebook.copy_(centres)
        self.ema_sums.copy_(centres)
        self.ema_counts.fill_(1)

    @torch.no_grad()
    def _update(self, vectors: Tensor, rows: Tensor) -> None:
        counts, sums = _statistics(vectors, rows, self.codebook_size)
        _sum_over_ranks(counts)
        _sum_over_ranks(sums)
        self.ema_counts.lerp_(counts, 1 - self.decay)
        self.ema_sums.lerp_(sums, 1 - self.decay)
        dead = self.ema_counts < self.revive_below
        if bool(dead.any()):
            fresh = _sample(_gather(vectors), int(dead.sum()), self._generator())
            # A revived code counts as one just in use: it gets some steps to attract tokens before the next check.
            self.ema_counts[dead] = 2 * self.revive_below
            self.ema_sums[dead] = 2 * self.revive_below * fresh
        self.codebook.copy_(self.ema_sums / self.ema_counts[:, None])
        self.updates += 1


def _sum_over_ranks(statistics: Tensor) -> None:
    if dist.is_available() and dist.is_initialized():
        dist.all_reduce(statistics)


def _gather(vectors: Tensor) -> Tensor:
    """The vectors of all ranks, in rank order: every rank then draws the same ones."""
    if not (dist.is_available() and dist.is_initialized()):
        return vectors
    parts = [torch.empty_like(vectors) for _ in range(dist.get_world_size())]
    dist.all_gather(parts, vectors.contiguous())
    return torch.cat(parts)
