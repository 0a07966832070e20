"""Tables of counts: they come back from their file, and those that do not fit are refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from made_streams import SHA, decode, encode, learned, smooth_indices

from rfsq.codec.entropy.planes import EntropyError, Layout, mixed_radix
from rfsq.codec.entropy.tables import Tables, code_of, count_of, load_tables, save_tables, tables_path


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
