"""What was coded comes back, and other bytes are decoded or refused."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from made_streams import codes, decode, encode, smooth_indices

from rfsq.codec.codec import index_layout
from rfsq.codec.entropy.coder import TokenCoder
from rfsq.codec.entropy.planes import EntropyError
from rfsq.codec.entropy.tables import Tables
from rfsq.model.zoo import ZOO

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
