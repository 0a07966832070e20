"""Indices are split into planes of few levels, and joined again."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, strategies as st

from rfsq.codec.codec import index_layout
from rfsq.codec.entropy.planes import EntropyError, Layout, channel_parts, join, mixed_radix, split
from rfsq.model.zoo import ZOO


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
