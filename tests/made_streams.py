"""Entropy-coded streams made for tests, and the golden ones, whose bytes never change.

`PYTHONPATH=. python tests/made_streams.py` writes tests/codec/golden/ anew; only a new version of the format may need that.
"""

import json
import math
from pathlib import Path

import numpy as np

from rfsq.codec.entropy.coder import TokenCoder
from rfsq.codec.entropy.learn import learn_tables
from rfsq.codec.entropy.planes import Layout, mixed_radix
from rfsq.codec.entropy.tables import Tables, load_tables, save_tables

GOLDEN = Path(__file__).parent / "codec" / "golden"
LAYOUTS = {
    "turns": Layout((mixed_radix((4, 3, 1)), mixed_radix((1, 2, 6)))),
    "lfq": Layout((mixed_radix((2,) * 7, first_is_least=False),)),
    "wide": Layout((mixed_radix((45, 300)),)),
    "vq": Layout((mixed_radix((20,)),) * 2),
}
SHA = "ab" * 32


def codes(layout: Layout, stage: int) -> int:
    return math.prod(channel.levels for channel in layout.channels[stage])


def smooth_indices(layout: Layout, shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Indices (N, S, h, w) that neighbours and stages say something about, as those of photos."""
    rng = np.random.default_rng(seed)
    count, height, width = shape
    stages = []
    for stage in range(layout.num_stages):
        indices = np.zeros(shape, np.int64)
        for channel in layout.channels[stage]:
            coarse = rng.random((count, height // 3 + 1, width // 3 + 1)).repeat(3, axis=1).repeat(3, axis=2)
            mixed = 0.8 * coarse[:, :height, :width] + 0.2 * rng.random(shape)
            indices += (mixed * channel.levels).astype(np.int64).clip(0, channel.levels - 1) * channel.radix
        stages.append(indices)
    return np.stack(stages, axis=1)


def learned(name: str) -> Tables:
    layout = LAYOUTS[name]
    codebooks = [np.linspace(1, -1, 20)[:, None] * [1.0, 0.5, 0.1]] * 2 if name == "vq" else None
    return learn_tables(layout, smooth_indices(layout, (6, 16, 16), 0), SHA, codebooks)


def encode(layout: Layout, tables: Tables | None, coding: str, indices: np.ndarray) -> list[bytes]:
    coder = TokenCoder(layout, *indices.shape[1:], tables, coding)
    return [coder.encode(stage) for stage in indices]


def decode(
    layout: Layout, tables: Tables | None, coding: str, streams: list[bytes], shape: tuple[int, int]
) -> np.ndarray:
    coder = TokenCoder(layout, *shape, tables, coding)
    return np.stack([coder.decode(stream) for stream in streams])


def golden(name: str, coding: str) -> tuple[np.ndarray, list[bytes], Tables | None]:
    """Indices (S, h, w), the streams of the stages, and the tables, from tests/codec/golden/."""
    entry = json.loads((GOLDEN / "streams.json").read_text())[name]
    tables = load_tables(GOLDEN / f"{name}.tables.safetensors", LAYOUTS[name], SHA) if coding != "uniform" else None
    return np.array(entry["indices"], np.int64), [bytes.fromhex(stream) for stream in entry[coding]], tables


def write_golden() -> None:
    entries = {}
    for name, layout in LAYOUTS.items():
        tables, indices = learned(name), smooth_indices(layout, (1, 10, 13), 7)[0]
        save_tables(tables, GOLDEN / f"{name}.tables.safetensors")
        entries[name] = {"indices": indices.tolist()} | {
            coding: [
                stream.hex() for stream in encode(layout, None if coding == "uniform" else tables, coding, indices)
            ]
            for coding in ("uniform", "static", "context")
        }
    (GOLDEN / "streams.json").write_text(json.dumps(entries) + "\n")


if __name__ == "__main__":
    write_golden()
