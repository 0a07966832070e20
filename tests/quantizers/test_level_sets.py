"""Level sets meet their target, exactly or nearly, in the order that is said."""

from __future__ import annotations

import math
from itertools import combinations_with_replacement

import pytest
import torch
from hypothesis import assume, given, settings, strategies as st

from rfsq.quantizers import FSQ, Residual
from rfsq.quantizers.level_sets import (
    FAR,
    MAX_LEVELS,
    MIN_USUAL,
    NEAR,
    PAPER_SETS,
    LevelSet,
    bits_of_bpp,
    bits_of_bytes,
    bytes_of_bits,
    find_level_sets,
    off,
)


def test_twelve_bits_are_met_exactly_and_the_paper_s_set_is_among_the_first() -> None:
    found = find_level_sets(12, dims=range(2, 17), stages=range(1, 9))
    assert (found[0].levels, found[0].stages) == ((8, 8, 8, 8), 1)
    assert LevelSet((8, 8), 2) in found[:3] and LevelSet((7, 5, 5, 5, 5)) in found[:6]
    assert LevelSet((4, 4, 4, 4, 4, 4)) in found
    shapes = [(one.dim, one.stages) for one in found]
    assert len(shapes) == len(set(shapes))


def test_forty_bits_have_the_stack_of_the_zoo() -> None:
    assert LevelSet((4, 4, 4, 4, 4), 4) in find_level_sets(40, dims=[5], stages=[4], per_shape=12)


@pytest.mark.parametrize("bits", PAPER_SETS)
def test_the_sets_of_the_paper_stand_for_their_shapes(bits: int) -> None:
    levels = PAPER_SETS[bits]
    [found] = find_level_sets(bits, dims=[len(levels)], stages=[1])
    assert found.levels == levels and found.is_of_paper and 0 < off(found, bits) <= NEAR


def test_a_codebook_of_a_stage_is_met_exactly_where_it_is_a_product() -> None:
    found = find_level_sets(math.log2(1000), dims=[3, 4], stages=[1, 4], of_stage=True)
    assert {one.codebook_size for one in found if one.dim == 3} == {1000}
    assert LevelSet((10, 10, 10), 4) in found and off(LevelSet((10, 10, 10), 4), math.log2(1000), True) == 0


def test_more_sets_of_one_shape_are_given_when_asked_for() -> None:
    found = find_level_sets(10, dims=[4], stages=[1], per_shape=12)
    assert len(found) == len(set(found)) == 12
    assert min(found[0].levels) >= MIN_USUAL and all(off(one, 10) <= FAR for one in found)


@settings(max_examples=60, deadline=None)
@given(st.floats(1, 120), st.integers(1, 12), st.integers(1, 8))
def test_whatever_is_asked_for_the_sets_keep_their_shape_and_lie_near(bits: float, dim: int, stages: int) -> None:
    if bits / stages >= 62:
        with pytest.raises(ValueError, match="2\\^62"):
            find_level_sets(bits, dims=[dim], stages=[stages])
        return
    found = find_level_sets(bits, dims=[dim], stages=[stages], per_shape=3)
    for one in found:
        assert one.dim == dim and one.stages == stages and 2 <= min(one.levels) and max(one.levels) <= MAX_LEVELS
        assert list(one.levels) == sorted(one.levels, reverse=True)
    # Only where a channel would need less than 2 levels, or more than 256, is there nothing near.
    mean = 2 ** (bits / stages / dim)
    if 8 < mean < 200:
        assert found and off(found[0], bits) <= FAR


@settings(max_examples=60, deadline=None)
@given(st.floats(1, 13), st.integers(1, 3), st.integers(1, 4))
def test_no_even_set_is_nearer_than_the_band_that_is_shown(bits: float, dim: int, stages: int) -> None:
    assume(2 ** (bits / stages / dim) < 20)
    every = (LevelSet(levels, stages) for levels in combinations_with_replacement(range(24, 1, -1), dim))
    nearest = min(off(one, bits) for one in every if one.levels[0] - one.levels[-1] <= 3)
    [found] = find_level_sets(bits, dims=[dim], stages=[stages])
    shown = off(found, bits)
    assert shown <= NEAR if nearest <= NEAR else shown <= FAR if nearest <= FAR else math.isclose(shown, nearest)


def test_nothing_beyond_the_most_levels_and_the_nearest_where_none_is_near() -> None:
    [found] = find_level_sets(8.0, dims=[1], stages=[1], per_shape=3)
    assert found.levels == (MAX_LEVELS,)
    [found] = find_level_sets(11.25, dims=[2], stages=[4])  # 2.8 bits a stage: 3·2 are 8 % off, 4·2 are 7 %
    assert found.levels == (4, 2)


def test_what_is_far_off_is_shown_alone_and_what_is_impossible_refused() -> None:
    [found] = find_level_sets(1.5, dims=[2, 3], stages=[1])
    assert found.levels == (2, 2) and off(found, 1.5) == pytest.approx(1 / 3)
    [found] = find_level_sets(8 * 20_000 / 16_384, dims=[2], stages=[4])
    assert found.levels == (3, 2)
    assert find_level_sets(12, dims=[1], stages=[1]) == ()
    with pytest.raises(ValueError, match="more than 0 bits"):
        find_level_sets(0, dims=[2], stages=[1])
    with pytest.raises(ValueError, match="1 or more"):
        find_level_sets(12, dims=[], stages=[1])


@pytest.mark.parametrize(
    ("codes", "types"),
    [
        ((2**4, 2**4), ("bfloat16", "float16", "float32", "int32", "int64")),
        ((2**5, 2**4), ("float16", "float32", "int32", "int64")),
        ((2**8, 2**8, 2**8), ("float32", "int32", "int64")),
        ((2**8, 2**8, 2**8, 2), ("int32", "int64")),
        ((2**8, 2**8, 2**8, 2**7), ("int32", "int64")),
        ((2**8, 2**8, 2**8, 2**8), ("int64",)),
    ],
)
def test_an_index_is_exact_up_to_the_type_s_own_limit(codes: tuple[int, ...], types: tuple[str, ...]) -> None:
    assert LevelSet(codes).exact_types == types


@pytest.mark.parametrize(
    ("name", "dtype"), [("bfloat16", torch.bfloat16), ("float16", torch.float16), ("float32", torch.float32)]
)
def test_the_limits_of_number_types_are_those_of_torch(name: str, dtype: torch.dtype) -> None:
    inside = LevelSet((2,) * {"bfloat16": 8, "float16": 11, "float32": 24}[name])
    largest = inside.codebook_size - 1
    assert name in inside.exact_types and int(torch.tensor(largest).to(dtype)) == largest
    beyond = 2 * inside.codebook_size - 1
    assert name not in LevelSet((*inside.levels, 2)).exact_types and int(torch.tensor(beyond).to(dtype)) != beyond


def test_the_line_of_code_builds_what_the_row_says() -> None:
    names = {"FSQ": FSQ, "Residual": Residual}
    alone, stack = LevelSet((8, 5, 5, 5)), LevelSet((4, 4, 4), 3)
    assert alone.code == "FSQ(levels=[8, 5, 5, 5])"
    for one in (alone, stack):
        built = eval(one.code, names)
        assert (built.dim, built.num_stages, built.codebook_size) == (one.dim, one.stages, one.codebook_size)
        assert built.bits_per_token == pytest.approx(one.bits_per_token) and built.side_values == 0


def test_memory_is_that_of_the_tensors() -> None:
    one = LevelSet((4, 4, 4), 2)
    assert one.implicit_bytes == torch.tensor(one.levels).nbytes
    assert one.table_bytes == torch.zeros(one.codebook_size, one.dim).nbytes
    assert one.flat_table_bytes == torch.zeros(one.codebook_size**2, one.dim).nbytes


def test_bits_pixels_and_bytes_agree() -> None:
    assert bits_of_bpp(0.75, 4) == 12
    assert bits_of_bytes(6144, 256, 256, 4) == 12
    assert bytes_of_bits(12, 256, 256, 4) == 6144
    assert bytes_of_bits(10, 5, 5, 4) == 5  # 4 tokens of 10 bits: blocks at the edges are filled up
    assert bytes_of_bits(LevelSet((5, 5), 1).bits_per_token, 4, 4, 4) == 1
