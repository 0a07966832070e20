"""Planes to bytes and back, with asymmetric numeral systems (Duda, arXiv:1311.2540) from `constriction`.

Three codings, by the name in the file's header:
    uniform   every digit equally likely; needs no tables
    static    one table per plane
    context   one table per plane and context (`rfsq.codec.entropy.contexts`)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np
from constriction import stream

from rfsq.codec.entropy.contexts import Canvas, Finished, Pass, PlaneModel, contexts
from rfsq.codec.entropy.planes import EntropyError, Layout, Plane, join, split
from rfsq.codec.entropy.tables import Tables

AnsCoder: TypeAlias = stream.stack.AnsCoder
Categorical: TypeAlias = stream.model.Categorical
_WORD_BYTES: Final = 4
_SLACK_BYTES: Final = 2 * _WORD_BYTES  # the coder's state at the end


class TokenCoder:
    """Codes the indices of one picture, stage after stage: each stage is coded given the ones before it.

    layout: of the model. height, width: of the token grid. tables: None for uniform coding.
    """

    def __init__(self, layout: Layout, height: int, width: int, tables: Tables | None, coding: str) -> None:
        if (tables is None) != (coding == "uniform"):
            raise ValueError(f"{coding} coding takes {'no tables' if coding == 'uniform' else 'tables'}")
        self._shape = (height, width)
        self._layout = layout
        self._planes = list(enumerate(layout.planes()))
        self._tables = tables
        self._coding = coding
        self._finished: list[Finished] = []
        self._stage = 0

    def limit_bytes(self) -> int:
        """The most bytes that the next stage can have: twice what uniform coding makes of it, and some slack."""
        tokens = self._shape[0] * self._shape[1]
        return math.ceil(tokens * self._layout.stage_bits(self._stage) / 4) + _SLACK_BYTES

    def encode(self, indices: np.ndarray) -> bytes:
        """The next stage: indices (h, w) int64 -> bytes. May be longer than `limit_bytes`, with bad tables."""
        numbered = self._rank(indices)
        runs: list[tuple[np.ndarray, Categorical]] = []
        for number, plane in self._next_stage():
            digits = split(plane, numbered)

            def code(
                at: Pass | None,
                order: np.ndarray | None,
                sizes: np.ndarray,
                models: list[Categorical],
                digits: np.ndarray = digits,
            ) -> np.ndarray:
                here = digits if at is None else digits[at.top :: at.step, at.left :: at.step]
                symbols = (here.ravel() if order is None else here.ravel()[order]).astype(np.int32)
                runs.extend((part, model) for part, model in _cut(symbols, sizes, models))
                return here

            self._code_plane(number, plane, code)
        ans = AnsCoder()
        for symbols, model in reversed(runs):
            ans.encode_reverse(symbols, model)
        return ans.get_compressed().astype("<u4").tobytes().rstrip(b"\0")

    def decode(self, content: bytes) -> np.ndarray:
        """The next stage: bytes -> indices (h, w) int64. Raises EntropyError for bytes that `encode` does not make."""
        if content.endswith(b"\0"):
            raise EntropyError("The coded tokens end in a zero byte, which is never written.")
        words = np.frombuffer(content + bytes(-len(content) % _WORD_BYTES), "<u4").astype(np.uint32)
        ans = AnsCoder(words) if len(words) else AnsCoder()

        def code(at: Pass | None, order: np.ndarray | None, sizes: np.ndarray, models: list[Categorical]) -> np.ndarray:
            parts = [ans.decode(model, int(size)) for size, model in zip(sizes, models, strict=True)]
            digits = np.concatenate(parts).astype(np.uint8)
            if order is not None:
                in_order, digits = digits, np.empty_like(digits)
                digits[order] = in_order
            return digits.reshape(self._shape if at is None else at.shape(*self._shape))

        planes = self._next_stage()
        digits = [self._code_plane(number, plane, code) for number, plane in planes]
        if not ans.is_empty():
            raise EntropyError("The coded tokens are longer than their number needs.")
        return self._unrank(join([plane for _, plane in planes], digits))

    def _next_stage(self) -> list[tuple[int, Plane]]:
        stage, self._stage = self._stage, self._stage + 1
        return [(number, plane) for number, plane in self._planes if plane.stage == stage]

    def _code_plane(self, number: int, plane: Plane, code: Code) -> np.ndarray:
        """Code one plane; the digits (h, w) uint8."""
        if self._tables is None or self._coding == "static":
            counts = np.ones((1, plane.levels)) if self._tables is None else self._tables.static_counts[number]
            size = self._shape[0] * self._shape[1]
            return code(None, None, np.array([size]), [_categorical(counts[0])])
        model: PlaneModel = self._tables.models[number]
        counts = self._tables.context_counts[number]
        canvas = Canvas(self._shape, plane.levels)
        for which, one in canvas.passes():
            context = contexts(model, which, canvas, self._finished).ravel()
            sizes = np.bincount(context, minlength=model.contexts)
            present = np.flatnonzero(sizes)
            canvas.fill(
                one,
                code(
                    one, np.argsort(context, kind="stable"), sizes[present], [_categorical(counts[c]) for c in present]
                ),
            )
        self._finished.append(canvas.finish(self._tables.looked_at[number]))
        return self._finished[-1].digits

    def _rank(self, indices: np.ndarray) -> np.ndarray:
        ranks = self._tables.ranks[self._stage] if self._tables is not None else None
        return indices if ranks is None else ranks[indices]

    def _unrank(self, numbered: np.ndarray) -> np.ndarray:
        ranks = self._tables.ranks[self._stage - 1] if self._tables is not None else None
        return numbered if ranks is None else np.argsort(ranks)[numbered]


Code = Callable[..., np.ndarray]
"""Codes the positions of a pass (all, for None) in an order (None: as they lie), the first `sizes[0]` of them with
`models[0]` and so on; returns their digits as a grid."""


def _categorical(counts: np.ndarray) -> Categorical:
    return Categorical(counts, perfect=False)


def _cut(symbols: np.ndarray, sizes: np.ndarray, models: list[Categorical]) -> list[tuple[np.ndarray, Categorical]]:
    ends = np.cumsum(sizes)
    return [(symbols[end - size : end], model) for end, size, model in zip(ends, sizes, models, strict=True)]
