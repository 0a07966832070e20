"""Vector quantization with a codebook learned by moving averages."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad

from rfsq.quantizers.base import Quantizer, check_weights
from rfsq.quantizers.ranks import gather_rows, recomputing, sum_over_ranks
from rfsq.quantizers.rounding import straight_through
from rfsq.quantizers.stages import StageCodes

_CHUNK_FLOATS = 16 * 2**20  # distances held at a time: 64 MiB, whatever the codebook and the image
_MIN_ROWS = 64  # of a matrix product: for fewer, libraries switch to kernels that round differently


def nearest(vectors: Tensor, codebook: Tensor) -> Tensor:
    """Row of the nearest code, (N, D) and (K, D) -> (N,) int64, in bounded memory.

    argmin |v - c|^2 = argmax v·c - |c|^2 / 2: one matrix product per chunk and no square of v. A short chunk is padded,
    so that a vector between two codes gets the same one in an image of one token and in a large batch. Never under
    autocast: distances in half precision give other indices.
    """
    with torch.autocast(vectors.device.type, enabled=False):
        return _nearest(vectors, codebook)


def _nearest(vectors: Tensor, codebook: Tensor) -> Tensor:
    offset = codebook.square().sum(dim=1).mul(-0.5)
    if torch.compiler.is_compiling():  # a graph has one product, for any number of vectors
        return torch.addmm(offset, vectors, codebook.T).argmax(dim=1)
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

    Input z: (B, dim, h, w), any real. Codes: (B, dim, h, w), rows of the codebook (codebook_size, dim); indices:
    which rows, 0 <= i < codebook_size. The gradient passes through unchanged; `aux_loss` is the commitment loss,
    commitment_weight · mean (z − codes)². While training, the codebook follows the tokens assigned to it by
    exponential moving averages (arXiv:1711.00937, appendix A.1), which keep a share of `decay` of themselves in each step,
    starts at the k-means centres of the first batch (SoundStream, arXiv:2107.03312, section III-C), and codes that fall out
    of use, below `revive_below` tokens a batch in their moving average, restart at random tokens of the batch. Under
    distributed training the statistics are summed over the ranks, so that all ranks hold the same codebook. Randomness comes
    from `seed` and the number of updates seen, so a resumed run repeats an uninterrupted one.

    A batch that is empty or not finite teaches nothing. Learning looks at its numbers, so `torch.compile` breaks the graph
    there in training (`fullgraph=True` is for a quantizer in use).

    Raises ValueError if codebook_size is below 2 or dim below 1, decay is not in [0, 1], or another number is negative or
    not finite.

    >>> vq = VQ(codebook_size=4, dim=2).eval()
    >>> vq.codebook.copy_(torch.tensor([[0.0, 0], [1, 0], [0, 1], [1, 1]]))[3].tolist()
    [1.0, 1.0]
    >>> output = vq(torch.tensor([0.9, 0.2]).view(1, 2, 1, 1))
    >>> output.quantized.flatten().tolist(), int(output.indices)
    ([1.0, 0.0], 1)
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
        if not 0 <= decay <= 1:
            raise ValueError(f"decay must be in [0, 1], got {decay}")
        check_weights(
            commitment_weight=commitment_weight, revive_below=revive_below, kmeans_iterations=kmeans_iterations
        )
        super().__init__(dim, (codebook_size,))
        self.decay = decay
        self.commitment_weight = commitment_weight
        self.revive_below = revive_below
        self.kmeans_iterations = kmeans_iterations
        self.seed = seed
        start = torch.randn(codebook_size, dim, generator=torch.Generator().manual_seed(seed), dtype=torch.float32)
        self.register_buffer("codebook", start)
        self.register_buffer("ema_counts", torch.ones(codebook_size, dtype=torch.float32))
        self.register_buffer("ema_sums", start.clone())
        self.register_buffer("updates", torch.zeros((), dtype=torch.int64))
        self._used: Tensor | None = None  # the codebook that the last training step rounded with
        self.codebook: Tensor
        self.ema_counts: Tensor
        self.ema_sums: Tensor
        self.updates: Tensor

    @property
    def learned_codebook(self) -> Tensor:  # type: ignore[override]  # a value in the base class
        return self.codebook

    def quantize(self, z: Tensor) -> StageCodes:
        vectors = z.detach().permute(0, 2, 3, 1).reshape(-1, self.dim)  # (B·h·w, D)
        learning = self.training and not recomputing()
        if learning:
            self._start(vectors)
            self._used = self.codebook
        codebook = self._used if self.training and self._used is not None else self.codebook
        rows = nearest(vectors, codebook)
        indices = rows.view(z.shape[0], *z.shape[2:])
        codes = straight_through(_look_up(codebook, indices), z)
        if learning:
            self._update(vectors, rows)
        return StageCodes(codes, indices)

    def codes_of(self, indices: Tensor) -> Tensor:
        return _look_up(self.codebook, indices)

    @torch.no_grad()
    def learn(self, residual: Tensor, iterations: int, generator: torch.Generator) -> None:
        """Put the codebook at the k-means centres of residuals (B, D, h, w)."""
        vectors = residual.permute(0, 2, 3, 1).reshape(-1, self.dim)
        self._restart_at(kmeans(vectors, self.codebook_size, iterations, generator))

    def _generator(self) -> torch.Generator:
        return torch.Generator().manual_seed(self.seed * 1_000_003 + int(self.updates))

    @torch.no_grad()
    def _start(self, vectors: Tensor) -> None:
        if int(self.updates):
            return
        everybodys = gather_rows(vectors)
        if len(everybodys) and bool(everybodys.isfinite().all()):
            self._restart_at(kmeans(everybodys, self.codebook_size, self.kmeans_iterations, self._generator()))

    def _restart_at(self, centres: Tensor) -> None:
        self.codebook.copy_(centres)
        self.ema_sums.copy_(centres)
        self.ema_counts.fill_(1)

    @torch.no_grad()
    def _update(self, vectors: Tensor, rows: Tensor) -> None:
        counts, sums = _statistics(vectors, rows, self.codebook_size)
        sum_over_ranks(counts)
        sum_over_ranks(sums)
        dead = self.ema_counts.lerp(counts, 1 - self.decay) < self.revive_below
        usable = counts.any() & sums.isfinite().all()
        is_usable, deaths = torch.stack([usable.to(torch.int64), dead.sum()]).tolist()  # one wait for a GPU
        if not is_usable:
            return  # nothing to learn from, on any rank
        self.ema_counts.lerp_(counts, 1 - self.decay)
        self.ema_sums.lerp_(sums, 1 - self.decay)
        if deaths:
            fresh = _sample(gather_rows(vectors), deaths, self._generator())
            # A revived code counts as one just in use: it gets some steps to attract tokens before the next check.
            self.ema_counts[dead] = 2 * self.revive_below
            self.ema_sums[dead] = 2 * self.revive_below * fresh
        # A new tensor: activation checkpointing rounds again with the one that this step has used.
        self.codebook = self.ema_sums / self.ema_counts[:, None]
        self.updates += 1


def _look_up(codebook: Tensor, indices: Tensor) -> Tensor:
    """(K, D) and (B, h, w) -> (B, D, h, w)."""
    return codebook[indices].permute(0, 3, 1, 2).contiguous()
