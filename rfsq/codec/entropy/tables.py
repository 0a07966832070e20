"""Count tables: for each plane, how often each digit followed each context on the training photos.

    checkpoints/NAME.tables.safetensors    beside NAME.safetensors, tied to its weights by their hash

A count is stored in one byte, as a number of 5 significant bits (`count_of`): precise to 3 %, which costs under 0.1 % of a
file. Tables may come from a stranger: every number is checked before it is used.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from rfsq.codec.entropy.contexts import ACTIVITY, CENTRE, CROSS, DEVIATION_CELLS, GAINS, PASSES, PlaneModel
from rfsq.codec.entropy.planes import EntropyError, Layout
from rfsq.machine.atomic import write_atomically

FORMAT: Final = "1"
_LIMIT: Final = 16 * 2**20  # bytes of a file
_NO_CATEGORY: Final = 2**16 - 1
_MAX_FEATURES: Final = 64


class OtherWeightsError(EntropyError):
    """Tables are sound and belong to other weights."""


def count_of(codes: np.ndarray) -> np.ndarray:
    """The counts that bytes stand for: 0 … 15 as they are, then 16 numbers per power of two; (…) uint8 -> int64."""
    exponent, mantissa = codes.astype(np.int64) >> 4, codes.astype(np.int64) & 15
    return np.where(exponent == 0, mantissa, (mantissa + 16) << np.maximum(exponent - 1, 0))


def code_of(counts: np.ndarray) -> np.ndarray:
    """The byte whose count is nearest: (…) numbers up to 500,000 -> uint8."""
    known = count_of(np.arange(256, dtype=np.uint8))
    return np.searchsorted((known[1:] + known[:-1]) / 2, counts).astype(np.uint8)


@dataclass(frozen=True)
class Tables:
    """All that coding the planes of one model needs besides the planes. Raises EntropyError when the parts do not fit.

    `counts[p]` (contexts, levels) uint8, see `count_of`; `ranks[s]` (codes,) int64 or None: the number under which each
    code of a VQ stage is coded.
    """

    layout: Layout
    weights_sha256: str
    models: tuple[PlaneModel, ...]
    counts: tuple[np.ndarray, ...]
    ranks: tuple[np.ndarray | None, ...]

    def __post_init__(self) -> None:
        planes = self.layout.planes()
        if len(self.models) != len(planes) or len(self.counts) != len(planes):
            raise EntropyError("The tables do not have one model for each plane.")
        for number, (plane, model, counts) in enumerate(zip(planes, self.models, self.counts, strict=True)):
            _check_model(number, [earlier.levels for earlier in planes[:number]], plane.levels, model)
            if counts.shape != (model.contexts, plane.levels) or counts.dtype != np.uint8 or not counts.all():
                raise EntropyError(f"The counts of plane {number} have the wrong shape or a count of 0.")
        if len(self.ranks) != self.layout.num_stages:
            raise EntropyError("The tables do not have an order of codes, or its absence, for each stage.")
        for channels, ranks in zip(self.layout.channels, self.ranks, strict=True):
            if ranks is not None and (
                len(channels) != 1
                or len(ranks) != channels[0].levels
                or not np.array_equal(np.sort(ranks), np.arange(len(ranks)))
            ):
                raise EntropyError("The order of the codes of a stage does not name each code once.")

    @cached_property
    def looked_at(self) -> tuple[bool, ...]:
        """Per plane: whether a sum of some later plane looks at it."""
        seen = {
            plane for model in self.models for plane in (*(look[0] for look in model.mean_from), *model.deviation_from)
        }
        return tuple(plane in seen for plane in range(len(self.models)))

    @cached_property
    def context_counts(self) -> tuple[np.ndarray, ...]:
        """Per plane, (contexts, levels) float64 whole numbers: what the coder takes as probabilities."""
        return tuple(count_of(counts).astype(np.float64) for counts in self.counts)

    @cached_property
    def static_counts(self) -> tuple[np.ndarray, ...]:
        """Per plane, (1, levels): the counts of all contexts together."""
        return tuple(counts.sum(axis=0, keepdims=True) for counts in self.context_counts)

    @cached_property
    def crc(self) -> int:
        """CRC-32 of the content, by which a file names the tables that it was made with."""
        total = 0
        for array in _arrays(self).values():
            total = zlib.crc32(array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes(), total)
        return total


def _check_model(number: int, earlier: Sequence[int], levels: int, model: PlaneModel) -> None:
    def fail(what: str) -> None:
        raise EntropyError(f"The tables of plane {number} are damaged: {what}.")

    if model.levels != levels:
        fail("they are for another number of levels")
    sources = [plane for plane, _ in model.mean_from] + [*model.deviation_from]
    sources += [] if model.category_from is None else [model.category_from]
    if any(not 0 <= plane < number for plane in sources) or any(
        kind not in (CENTRE, CROSS) for _, kind in model.mean_from
    ):
        fail("they look at a plane that is not known by then")
    if model.mean_bins < 1 or model.categories < 1 or model.contexts > 256:
        fail("they have too many contexts")
    if (model.category_from is None) != (model.categories == 1):
        fail("their categories come from nowhere")
    if list(model.thresholds) != sorted(model.thresholds) or any(
        not 0 <= t <= DEVIATION_CELLS for t in model.thresholds
    ):
        fail("their thresholds are out of order")
    mean_limits = [GAINS[kind] * (earlier[plane] - 1) for plane, kind in model.mean_from]
    deviation_limits = [GAINS[ACTIVITY] * (earlier[plane] - 1) for plane in model.deviation_from]
    for one, means, deviations in zip(PASSES, model.mean_weights, model.deviation_weights, strict=True):
        for weights, gains, limits in (
            (means, one.own_mean_gains, mean_limits),
            (deviations, one.own_deviation_gains, deviation_limits),
        ):
            magnitudes = [gain * (levels - 1) for gain in gains] + limits + [1]
            if len(weights) != len(magnitudes) or sum_bound(weights, magnitudes) > 32_767:
                fail("their weights are too large")


def sum_bound(weights: Sequence[int], magnitudes: Sequence[int]) -> int:
    """The largest magnitude that a weighted sum can reach on its way."""
    return sum(abs(weight) * magnitude for weight, magnitude in zip(weights, magnitudes, strict=True))


# ---------------------------------------------------------------------------------------------- files


def tables_path(weights: Path) -> Path:
    """Where the tables of the checkpoint `weights` (NAME.safetensors) are kept."""
    return weights.with_name(f"{weights.name.removesuffix('.safetensors')}.tables.safetensors")


def save_tables(tables: Tables, path: Path) -> None:
    """Write atomically. Raises OSError."""
    write_atomically(path, save(_arrays(tables), {"format": FORMAT, "weights_sha256": tables.weights_sha256}))


def load_tables(path: Path, layout: Layout, weights_sha256: str) -> Tables | None:
    """The tables at `path`, None if there is no such file.

    Raises EntropyError for a file that cannot be used here, of those OtherWeightsError for one that was made for others.
    """
    if not path.is_file():
        return None
    if path.stat().st_size > _LIMIT:
        raise EntropyError(f"{path.name} is larger than {_LIMIT // 2**20} MiB, which no tables of ours are.")
    content = path.read_bytes()
    try:
        arrays = load(content)
        found = _metadata(content)
    except (SafetensorError, ValueError, KeyError, AttributeError, TypeError, RuntimeError) as error:
        raise EntropyError(f"{path.name} is truncated or not a safetensors file.") from error
    if found.get("format") != FORMAT:
        raise EntropyError(f"{path.name} is not a file of tables that this program knows.")
    if found.get("weights_sha256") != weights_sha256:
        raise OtherWeightsError(f"{path.name} belongs to other weights; `python -m rfsq tables` makes new ones.")
    wanted = {"models": np.uint16, "weights": np.int16, "counts": np.uint8, "ranks": np.uint32}
    if {name: array.dtype.type for name, array in arrays.items()} != wanted or any(
        a.ndim != 1 for a in arrays.values()
    ):
        raise EntropyError(f"{path.name} does not hold the arrays of tables.")
    try:
        return _from_arrays(arrays, layout, weights_sha256)
    except EntropyError as error:
        raise EntropyError(f"{path.name}: {error}") from error


def _metadata(content: bytes) -> dict[str, Any]:
    """The free texts in a safetensors file that has been loaded, where `load` leaves them out."""
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    metadata = header.get("__metadata__", {})
    return metadata if isinstance(metadata, dict) else {}


def _arrays(tables: Tables) -> dict[str, np.ndarray]:
    """The numbers of all planes, one after the other; `_from_arrays` reads them back."""
    models: list[int] = []
    weights: list[int] = []
    for model in tables.models:
        models += [
            model.mean_bins,
            model.categories,
            len(model.mean_from),
            len(model.deviation_from),
            len(model.thresholds),
            _NO_CATEGORY if model.category_from is None else model.category_from,
        ]
        models += [number for look in model.mean_from for number in look]
        models += [*model.deviation_from, *model.thresholds]
        weights += [weight for one in (*model.mean_weights, *model.deviation_weights) for weight in one]
    ranks = [array if array is not None else np.zeros(0) for array in tables.ranks]
    return {
        "models": np.array(models, np.uint16),
        "weights": np.array(weights, np.int16),
        "counts": np.concatenate([counts.ravel() for counts in tables.counts]),
        "ranks": np.concatenate(ranks).astype(np.uint32),
    }


class _Reader:
    """Takes numbers from the front of an array. Raises EntropyError at its end."""

    def __init__(self, array: np.ndarray) -> None:
        self._rest = array

    def take(self, count: int) -> np.ndarray:
        if count > len(self._rest):
            raise EntropyError("The tables end too early.")
        taken, self._rest = self._rest[:count], self._rest[count:]
        return taken

    def numbers(self, count: int) -> tuple[int, ...]:
        return tuple(int(number) for number in self.take(count))

    def check_end(self) -> None:
        if len(self._rest):
            raise EntropyError("The tables are longer than their planes need.")


def _from_arrays(arrays: dict[str, np.ndarray], layout: Layout, weights_sha256: str) -> Tables:
    readers = {name: _Reader(array) for name, array in arrays.items()}
    models: list[PlaneModel] = []
    counts: list[np.ndarray] = []
    for plane in layout.planes():
        head = readers["models"]
        mean_bins, categories, means, deviations, thresholds, category = head.numbers(6)
        if max(means, deviations, thresholds) > _MAX_FEATURES or mean_bins * categories * (thresholds + 1) > 256:
            raise EntropyError("The tables have too many contexts or features.")
        looks, deviation_from = head.numbers(2 * means), head.numbers(deviations)
        weights = readers["weights"]
        model = PlaneModel(
            plane.levels,
            tuple(zip(looks[::2], looks[1::2], strict=True)),
            deviation_from,
            None if category == _NO_CATEGORY else category,
            tuple(weights.numbers(len(one.own_mean_gains) + means + 1) for one in PASSES),
            tuple(weights.numbers(len(one.own_deviation_gains) + deviations + 1) for one in PASSES),
            head.numbers(thresholds),
            mean_bins,
            categories,
        )
        models.append(model)
        counts.append(readers["counts"].take(model.contexts * plane.levels).reshape(model.contexts, plane.levels))
    ranks: list[np.ndarray | None] = [None] * layout.num_stages
    if arrays["ranks"].size:
        ranks = [readers["ranks"].take(channels[0].levels).astype(np.int64) for channels in layout.channels]
    for reader in readers.values():
        reader.check_end()
    return Tables(layout, weights_sha256, tuple(models), tuple(counts), tuple(ranks))
