"""Entropy coding: what was coded comes back, bytes never change, and tables that do not fit are refused.

`python tests/codec/test_entropy.py` writes tests/codec/golden/ anew; only a new version of the format may need that.
"""

import json
import math
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies as st
from paths import ROOT

from rfsq.codec.codec import index_layout
from rfsq.codec.entropy import coder as coder_module
from rfsq.codec.entropy.coder import TokenCoder
from rfsq.codec.entropy.contexts import PASSES, Canvas, contexts
from rfsq.codec.entropy.learn import code_order, learn_tables
from rfsq.codec.entropy.planes import EntropyError, Layout, channel_parts, join, mixed_radix, split
from rfsq.codec.entropy.tables import Tables, code_of, count_of, load_tables, save_tables, tables_path
from rfsq.model.zoo import ZOO

GOLDEN = Path(__file__).parent / "golden"
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


@pytest.fixture(scope="session", params=LAYOUTS)
def tables(request: pytest.FixtureRequest) -> Tables:
    return learned(request.param)


def encode(layout: Layout, tables: Tables | None, coding: str, indices: np.ndarray) -> list[bytes]:
    coder = TokenCoder(layout, *indices.shape[1:], tables, coding)
    return [coder.encode(stage) for stage in indices]


def decode(
    layout: Layout, tables: Tables | None, coding: str, streams: list[bytes], shape: tuple[int, int]
) -> np.ndarray:
    coder = TokenCoder(layout, *shape, tables, coding)
    return np.stack([coder.decode(stream) for stream in streams])


# ------------------------------------------------------------------------------------------------ planes


@pytest.mark.parametrize("name", [name for name, config in ZOO.items() if config.quantized and config.kind != "vq"])
def test_channels_are_those_of_the_quantizers(name: str) -> None:
    quantizer, layout = ZOO[name].build_quantizer(), index_layout(ZOO[name])
    assert quantizer is not None and layout.num_stages == quantizer.num_stages
    rng = np.random.default_rng(0)
    for (base, _), channels in zip(quantizer.parts, layout.channels, strict=True):
        indices = rng.integers(0, base.codebook_size, (1, 5, 6))
        digits = base.digits_of(torch.from_numpy(indices))[0].numpy()
        kept = [plane for plane in digits if plane.any()]
        assert len(kept) == len(channels)
        for channel, plane in zip(channels, kept, strict=True):
            assert np.array_equal(indices[0] // channel.radix % channel.levels, plane)


@given(
    levels=st.lists(st.integers(1, 65_536), min_size=1, max_size=3).filter(lambda levels: max(levels) > 1),
    data=st.data(),
)
def test_indices_survive_splitting(levels: list[int], data: st.DataObject) -> None:
    layout = Layout((mixed_radix(levels),))
    count = math.prod(levels)
    some = [0, count - 1, *data.draw(st.lists(st.integers(0, count - 1), min_size=2, max_size=6))]
    indices = np.array([some], np.int64)
    planes = layout.planes()
    digits = [split(plane, indices) for plane in planes]
    assert all(
        2 <= plane.levels <= 16 and int(part.max()) < plane.levels for plane, part in zip(planes, digits, strict=True)
    )
    assert np.array_equal(join(planes, digits), indices)
    waste = layout.stage_bits(0) - sum(math.log2(level) for level in levels)
    assert -1e-9 <= waste < len(levels) * math.log2(5 / 4)


def test_parts_of_a_channel_are_nearly_equal() -> None:
    assert channel_parts(4) == [(1, 4)] and channel_parts(16) == [(1, 16)] and channel_parts(256) == [(16, 16), (1, 16)]
    assert channel_parts(2048) == [(128, 16), (8, 16), (1, 8)] and channel_parts(45) == [(8, 6), (1, 8)]


def test_a_level_that_a_channel_does_not_have_is_refused() -> None:
    planes = Layout((mixed_radix((45,)),)).planes()
    with pytest.raises(EntropyError, match="level 47 of a channel that has 45"):
        join(planes, [np.full((1, 1), 5, np.uint8), np.full((1, 1), 7, np.uint8)])


# --------------------------------------------------------------------------------------------- round trips


SIZES = st.tuples(st.integers(1, 20), st.integers(1, 20))


@settings(max_examples=60)
@given(
    shape=SIZES,
    seed=st.integers(0, 1000),
    coding=st.sampled_from(["uniform", "static", "context"]),
    noisy=st.booleans(),
)
def test_what_is_coded_comes_back(tables: Tables, shape: tuple[int, int], seed: int, coding: str, noisy: bool) -> None:
    layout = tables.layout
    indices = smooth_indices(layout, (1, *shape), seed)[0]
    if noisy:
        rng = np.random.default_rng(seed)
        indices = np.stack([rng.integers(0, codes(layout, stage), shape) for stage in range(layout.num_stages)])
    used = None if coding == "uniform" else tables
    streams = encode(layout, used, coding, indices)
    assert np.array_equal(decode(layout, used, coding, streams, shape), indices)
    assert np.array_equal(decode(layout, used, coding, streams[:1], shape), indices[:1])  # later stages are not needed
    if coding == "uniform":
        fresh = TokenCoder(layout, *shape, None, coding)
        for stage, stream in zip(indices, streams, strict=True):
            assert len(stream) <= fresh.limit_bytes()
            fresh.encode(stage)


@pytest.mark.parametrize(
    "config",
    [ZOO[name] for name in ("lfq-40", "fsq-40", "rvq-4x1024", "rfsq-8x1024-layernorm-progressive")],
    ids=lambda config: config.name,
)
def test_the_largest_codebooks_of_the_zoo_come_back(config) -> None:
    layout = index_layout(config)
    rng = np.random.default_rng(0)
    indices = np.stack([rng.integers(0, codes(layout, stage), (9, 11)) for stage in range(layout.num_stages)])
    streams = encode(layout, None, "uniform", indices)
    assert np.array_equal(decode(layout, None, "uniform", streams, (9, 11)), indices)


def test_contexts_make_smaller_streams_than_one_table_and_that_than_none(tables: Tables) -> None:
    indices = smooth_indices(tables.layout, (1, 60, 60), 99)[0]
    size = {
        coding: sum(map(len, encode(tables.layout, None if coding == "uniform" else tables, coding, indices)))
        for coding in ("uniform", "static", "context")
    }
    assert size["context"] < 0.95 * min(size["uniform"], size["static"])


@settings(max_examples=40)
@given(data=st.data(), coding=st.sampled_from(["uniform", "static", "context"]))
def test_any_bytes_are_decoded_or_refused(tables: Tables, data: st.DataObject, coding: str) -> None:
    used = None if coding == "uniform" else tables
    original = encode(tables.layout, used, coding, smooth_indices(tables.layout, (1, 5, 6), 1)[0])[0]
    content = data.draw(
        st.binary(max_size=60)
        | st.integers(0, len(original)).map(lambda cut: original[:cut])
        | st.binary(min_size=1, max_size=8).map(lambda more: original + more)
    )
    try:
        indices = TokenCoder(tables.layout, 5, 6, used, coding).decode(content)
    except EntropyError as error:
        assert str(error).endswith(".")
    else:
        assert int(indices.min()) >= 0 and int(indices.max()) < codes(tables.layout, 0)
        assert TokenCoder(tables.layout, 5, 6, used, coding).encode(indices) == content  # one spelling only


def test_coding_without_its_tables_is_an_error_of_the_caller(tables: Tables) -> None:
    for used, coding in ((None, "static"), (None, "context"), (tables, "uniform")):
        with pytest.raises(ValueError, match="tables"):
            TokenCoder(tables.layout, 2, 2, used, coding)


# ------------------------------------------------------------------------------------------------ contexts


@given(shape=SIZES)
def test_the_passes_visit_every_position_once(shape: tuple[int, int]) -> None:
    visits = np.zeros(shape, int)
    for one in PASSES:
        visits[one.top :: one.step, one.left :: one.step] += 1
        assert visits[one.top :: one.step, one.left :: one.step].shape == one.shape(*shape)
    assert (visits == 1).all()


def test_a_context_depends_on_nothing_that_comes_later(tables: Tables) -> None:
    """Contexts computed with the true digits filled in pass by pass equal those of a canvas with nothing else on it."""
    layout, plane = tables.layout, tables.layout.planes()[0]
    digits = split(plane, smooth_indices(layout, (1, 11, 13), 3)[0, 0])
    for number, one in enumerate(PASSES):
        early = Canvas(digits.shape, plane.levels)
        for before in PASSES[:number]:
            early.neighbours(before)
            early.fill(before, digits[before.top :: before.step, before.left :: before.step])
        again = Canvas(digits.shape, plane.levels)
        for before in PASSES[:number]:
            contexts(tables.models[0], PASSES.index(before), again, [])
            again.fill(before, digits[before.top :: before.step, before.left :: before.step])
        first = contexts(tables.models[0], number, early, [])
        assert np.array_equal(first, contexts(tables.models[0], number, again, []))
        assert first.shape == one.shape(11, 13) and int(first.max()) < tables.models[0].contexts


# -------------------------------------------------------------------------------------------------- tables


def test_counts_in_a_byte_are_precise_to_3_percent() -> None:
    known = count_of(np.arange(256, dtype=np.uint8))
    assert (np.diff(known) > 0).all() and known[255] == 31 << 14
    counts = np.arange(1, known[255])
    assert np.max(abs(count_of(code_of(counts)) - counts) / counts) < 0.032
    assert np.array_equal(count_of(code_of(np.arange(32))), np.arange(32))


def test_tables_come_back_from_their_file(tables: Tables, tmp_path: Path) -> None:
    path = tables_path(tmp_path / "model.safetensors")
    assert path.name == "model.tables.safetensors" and load_tables(path, tables.layout, SHA) is None
    save_tables(tables, path)
    loaded = load_tables(path, tables.layout, SHA)
    assert loaded is not None and loaded.crc == tables.crc and loaded.models == tables.models
    indices = smooth_indices(tables.layout, (1, 9, 9), 5)[0]
    assert encode(tables.layout, loaded, "context", indices) == encode(tables.layout, tables, "context", indices)


def test_tables_of_others_are_refused(tables: Tables, tmp_path: Path) -> None:
    path = tmp_path / "model.tables.safetensors"
    save_tables(tables, path)
    content = path.read_bytes()
    with pytest.raises(EntropyError, match="belongs to other weights"):
        load_tables(path, tables.layout, "cd" * 32)
    with pytest.raises(EntropyError):
        load_tables(path, Layout((mixed_radix((5, 5)),) * 2), SHA)
    for length in {*range(0, len(content), max(1, len(content) // 50)), len(content) - 1}:
        path.write_bytes(content[:length])
        with pytest.raises(EntropyError, match="truncated"):
            load_tables(path, tables.layout, SHA)
    path.write_bytes(b"\2\0\0\0\0\0\0\0{}")
    with pytest.raises(EntropyError, match="not a file of tables"):
        load_tables(path, tables.layout, SHA)


@pytest.mark.slow
@settings(max_examples=150)
@given(data=st.data())
def test_damaged_tables_are_used_or_refused(
    tables: Tables, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.tables.safetensors"
    save_tables(tables, path)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, 700) | st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    indices = smooth_indices(tables.layout, (1, 5, 4), 5)[0]
    try:
        loaded = load_tables(path, tables.layout, SHA)
    except EntropyError as error:
        assert str(error).endswith(".")
    else:
        streams = encode(tables.layout, loaded, "context", indices)
        assert np.array_equal(decode(tables.layout, loaded, "context", streams, (5, 4)), indices)


def test_tables_whose_parts_do_not_fit_are_refused() -> None:
    good = learned("turns")
    model = good.models[1]
    for change, reason in [
        ({"levels": 5}, "another number of levels"),
        ({"mean_from": ((1, 0),) * len(model.mean_from)}, "not known by then"),
        ({"mean_from": ((0, 2),) * len(model.mean_from)}, "not known by then"),
        ({"category_from": 7}, "not known by then"),
        ({"mean_bins": 300}, "too many contexts"),
        ({"category_from": None}, "come from nowhere"),
        ({"thresholds": (5, 4, 6)}, "out of order"),
        ({"mean_weights": ((30_000,) * 4,) * 10}, "too large"),
    ]:
        with pytest.raises(EntropyError, match=reason):
            replace(good, models=(good.models[0], replace(model, **change), *good.models[2:]))
    with pytest.raises(EntropyError, match="one model for each plane"):
        replace(good, models=good.models[:-1])
    with pytest.raises(EntropyError, match="count of 0"):
        replace(good, counts=(good.counts[0] * 0, *good.counts[1:]))
    with pytest.raises(EntropyError, match="name each code once"):
        replace(learned("vq"), ranks=(np.zeros(20, np.int64), np.arange(20)))


def test_the_order_of_codes_puts_like_codes_together() -> None:
    codebook = np.random.default_rng(0).normal(size=(256, 4)) * [8, 4, 2, 1]
    ranks = code_order(codebook)
    assert sorted(ranks) == list(range(256))
    assert np.corrcoef(ranks, codebook[:, 0])[0, 1] ** 2 > 0.8


# ------------------------------------------------------------------------------------------- always the same


class ReferenceCategorical:
    """What rfsq/codec/bitstream.md, section 5, says of probabilities."""

    def __init__(self, counts: np.ndarray, perfect: bool) -> None:
        scale = (2**24 - len(counts)) / float(counts.sum())
        before = [float(counts[:i].sum()) for i in range(len(counts))]
        self.bounds = [int(c * scale) + i for i, c in enumerate(before)] + [2**24]


class ReferenceAnsCoder:
    """What it says of decoding, in Python's whole numbers."""

    def __init__(self, words: np.ndarray) -> None:
        self.words, self.state = [int(word) for word in words], 0
        self._refill()

    def _refill(self) -> None:
        while self.state < 2**32 and self.words:
            self.state = self.state << 32 | self.words.pop()

    def decode(self, model: ReferenceCategorical, count: int) -> np.ndarray:
        symbols = []
        for _ in range(count):
            q = self.state % 2**24
            symbols.append(next(i for i, bound in enumerate(model.bounds[1:]) if q < bound))
            low, high = model.bounds[symbols[-1] : symbols[-1] + 2]
            self.state = (high - low) * (self.state >> 24) + q - low
            self._refill()
        return np.array(symbols, np.int32)

    def is_empty(self) -> bool:
        return self.state == 0 and not self.words


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("coding", ["uniform", "static", "context"])
def test_golden_streams_stay_as_they_are(name: str, coding: str) -> None:
    indices, streams, tables = golden(name, coding)
    assert encode(LAYOUTS[name], tables, coding, indices) == streams
    assert np.array_equal(decode(LAYOUTS[name], tables, coding, streams, indices.shape[1:]), indices)


@pytest.mark.parametrize("coding", ["uniform", "static", "context"])
def test_the_specification_is_enough_to_decode_golden_streams(coding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    indices, streams, tables = golden("turns", coding)
    monkeypatch.setattr(coder_module, "Categorical", ReferenceCategorical)
    monkeypatch.setattr(coder_module, "AnsCoder", ReferenceAnsCoder)
    assert np.array_equal(decode(LAYOUTS["turns"], tables, coding, streams, indices.shape[1:]), indices)


@pytest.mark.slow
def test_streams_do_not_depend_on_the_number_of_threads() -> None:
    program = (
        "import sys; sys.path[:0] = ['tests', 'tests/codec']; import test_entropy as t; import hashlib; "
        "indices, streams, tables = t.golden('wide', 'context'); big = t.np.tile(indices, (1, 9, 9)); "
        "print(hashlib.sha256(b''.join(t.encode(t.LAYOUTS['wide'], tables, 'context', big))).hexdigest())"
    )
    root = ROOT
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=root,
            capture_output=True,
            text=True,
            check=True,
            env=os.environ | {"OMP_NUM_THREADS": threads, "PYTHONPATH": str(root)},
        ).stdout
        for threads in ("1", "3")
    }
    assert len(digests) == 1 and len(digests.pop().strip()) == 64


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
