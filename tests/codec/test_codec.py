"""The codec: bytes -> picture equals the encoder's own reconstruction, and hostile bytes are one clean error."""

import hashlib
import io
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies as st
from smooth import smooth_photo

from rfsq.codec import fuzz
from rfsq.codec.bitstream import BitstreamError, Header, read_header, segment_bytes
from rfsq.codec.codec import (
    Codec,
    CodecError,
    compress,
    decompress,
    load_codec,
    read_tokens,
    reconstruct,
    zoo_codec,
)
from rfsq.codec.entropy.learn import learn_tables
from rfsq.codec.entropy.planes import EntropyError
from rfsq.codec.entropy.tables import save_tables, tables_path
from rfsq.codec.fuzz import CONFIGS, small_codec
from rfsq.evidence.low_rates.models import LOW_RATE_STACKS
from rfsq.model.checkpoint import CheckpointError, checkpoint_folder, save_checkpoint
from rfsq.model.model import QuantizedAutoencoder
from rfsq.model.zoo import ZOO
from rfsq.photos.gallery import load_example
from rfsq.photos.pixels import fit_within, to_pixels, to_tensor

CODECS = {config.name: small_codec(config) for config in CONFIGS}


def find(header: Header) -> Codec:
    return CODECS[header.model]


@settings(max_examples=120)
@given(
    name=st.sampled_from([*CODECS]),
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    seed=st.integers(0, 99),
    noise=st.booleans(),
    coding=st.sampled_from([None, "uniform"]),
    data=st.data(),
)
def test_a_file_decodes_to_the_encoders_own_picture(
    name: str, height: int, width: int, seed: int, noise: bool, coding: str | None, data: st.DataObject
) -> None:
    codec = CODECS[name]
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (height, width, 3), dtype=np.uint8) if noise else smooth_photo(height, width, seed)
    stages = data.draw(st.integers(1, codec.model.num_stages))
    made = compress(codec, pixels, stages, coding)
    back = decompress(made.data, find=find)
    own = to_pixels(codec.model.reconstruct(to_tensor(pixels), stages))
    assert np.array_equal(back.pixels, own) and np.array_equal(reconstruct(codec, made.tokens), own)
    assert (back.header, back.stages) == (made.header, stages)
    fewer = data.draw(st.integers(1, stages))
    part = decompress(made.data, fewer, find)
    assert (
        np.array_equal(part.pixels, to_pixels(codec.model.reconstruct(to_tensor(pixels), fewer)))
        and part.stages == fewer
    )
    assert made.header_bytes + made.side_bytes + sum(made.token_bytes) == len(made.data)
    assert made.side_bytes == 2 * stages * codec.quantizer.side_values
    assert made.bpp == 8 * len(made.data) / (height * width)


@pytest.fixture(scope="module")
def file() -> bytes:
    """Three stages with side information."""
    return compress(CODECS["tiny-layernorm"], smooth_photo(12, 9, 0)).data


def error_of(data: bytes, stages: int | None = None) -> str:
    with pytest.raises((BitstreamError, CodecError, EntropyError)) as caught:
        decompress(data, stages, find)
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)
    return str(caught.value)


def parts(data: bytes) -> tuple[Header, list[bytes]]:
    parsed = fuzz._parse(data)
    assert parsed is not None
    return parsed


def test_every_cut_gives_fewer_stages_or_a_clear_error(file: bytes) -> None:
    header, payloads = parts(file)
    ends = {len(fuzz._build(header, payloads[:count])): count for count in range(1, 4)}
    assert len(ends) == 3
    for length in range(len(file)):
        if length in ends:
            cut = decompress(file[:length], find=find)
            assert cut.stages == ends[length]
            assert np.array_equal(cut.pixels, decompress(file, ends[length], find).pixels)
            assert f"it has {cut.stages} of its 3 stage(s), not 3" in error_of(file[:length], 3)
        else:
            error_of(file[:length])
        whole = sum(length >= end for end in ends)
        if whole:  # whoever asks for no more than what is whole does not see the cut
            assert decompress(file[:length], whole, find).stages == whole


@pytest.mark.slow
def test_every_flipped_bit_is_an_error(file: bytes) -> None:
    for position in range(8 * len(file)):
        changed = bytearray(file)
        changed[position // 8] ^= 1 << position % 8
        error_of(bytes(changed))


class Counted(io.BytesIO):
    """A stream that cannot be read beyond `end`."""

    end = 0

    def read(self, size: int | None = -1) -> bytes:
        assert size is not None and size >= 0 and self.tell() + size <= self.end
        return super().read(size)


def test_fewer_stages_read_only_their_part_of_the_file(file: bytes) -> None:
    header, payloads = parts(file)
    for count in (1, 2):
        stream = Counted(file)
        stream.end = len(fuzz._build(header, payloads[:count]))
        assert decompress(stream, count, find).stages == count and stream.tell() == stream.end


def test_what_does_not_belong_to_the_file_is_named(file: bytes) -> None:
    codec = CODECS["tiny-layernorm"]
    header, payloads = parts(file)
    assert codec.tables is not None
    other_tables = replace(codec.tables, counts=tuple(np.maximum(counts // 2, 1) for counts in codec.tables.counts))
    for other, reason in (
        (replace(codec, weights_sha256="cd" * 32), "other weights"),
        (replace(codec, tables=None), "other tables"),
        (replace(codec, tables=other_tables), "other tables"),
    ):
        with pytest.raises(CodecError, match=reason):
            decompress(file, find=lambda header, other=other: other)
    assert "goes on after its last stage" in error_of(file + b"\0")
    assert "has 3 stage(s), not 4" in error_of(file, 4) and "not 0" in error_of(file, 0)
    assert "was cut: it has 0" in error_of(header.to_bytes())
    assert "claims 5 stages" in error_of(fuzz._build(replace(header, stages=5), payloads))
    assert "too short for its side" in error_of(fuzz._build(header, [payloads[0][:11]]))
    nan = np.array([np.nan] * 6, "<f2").tobytes()
    assert "make no picture" in error_of(fuzz._build(header, [nan + payloads[0][12:]]))
    assert "length makes no sense" in error_of(fuzz._build(header, [payloads[0] + bytes(1000)]))


def test_absurd_sizes_cost_no_memory(file: bytes) -> None:
    header, _ = parts(file)
    content = bytearray(header.to_bytes()[:-4])
    content[7:11] = b"\xff" * 4
    absurd = bytes(content) + fuzz.zlib.crc32(content).to_bytes(4, "little")
    large = replace(header, width=7000, height=7000).to_bytes()  # allowed, but the segments say otherwise
    tracemalloc.start()
    assert "50 megapixels" in error_of(absurd + file[len(absurd) :])
    assert "checksum" in error_of(large + file[len(large) :])
    assert "incomplete" in error_of(large + b"\xff\xff\x3f" + bytes(100))
    assert tracemalloc.get_traced_memory()[1] < 2**22
    tracemalloc.stop()


def test_a_picture_unlike_the_training_photos_is_coded_uniformly() -> None:
    codec = CODECS["tiny-scale"]
    assert codec.tables is not None
    skewed = []
    for counts in codec.tables.counts:
        skew = np.ones_like(counts)
        skew[:, 0] = 255
        skewed.append(skew)
    wrong = replace(codec, tables=replace(codec.tables, counts=tuple(skewed)))
    pixels = np.random.default_rng(0).integers(0, 256, (30, 30, 3), dtype=np.uint8)
    made = compress(wrong, pixels)
    assert made.header.coding == "uniform" and made.header.tables_crc == 0
    assert np.array_equal(decompress(made.data, find=lambda header: wrong).pixels, reconstruct(wrong, made.tokens))
    with pytest.raises(CodecError, match="too unlike the training photos"):
        compress(wrong, pixels, coding="context")


def test_a_model_without_tables_still_makes_files_of_the_nominal_size() -> None:
    codec = replace(CODECS["tiny-turns"], tables=None)
    made = compress(codec, smooth_photo(80, 80, 0))
    rate = codec.model.rate(80, 80)
    assert rate is not None and made.header.coding == "uniform"
    assert abs(sum(made.token_bytes) - rate.token_bits / 8) <= 2 * 8
    with pytest.raises(CodecError, match="no tables for static coding"):
        compress(codec, smooth_photo(8, 8, 0), coding="static")


def test_only_quantizing_models_with_a_plain_name_make_files(tiny) -> None:
    with pytest.raises(CodecError, match="does not quantize"):
        Codec(QuantizedAutoencoder(tiny("continuous")).eval(), "ab" * 32, None)
    odd = Codec(QuantizedAutoencoder(tiny(name="my model")).eval(), "ab" * 32, None)
    with pytest.raises(BitstreamError, match="A model's name"):
        compress(odd, smooth_photo(4, 4, 0))
    with pytest.raises(ValueError, match="stage"):
        compress(CODECS["tiny-vq"], smooth_photo(4, 4, 0), 3)


@pytest.fixture()
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Checkpoint and tables of one small model, under the name of one of the zoo."""
    config = replace(CONFIGS[0], name="rfsq-4x1024-none")
    codec = small_codec(config)
    path = tmp_path / "rfsq-4x1024-none.safetensors"
    save_checkpoint(codec.model, path, training={})
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert codec.tables is not None
    save_tables(replace(codec.tables, weights_sha256=digest), tables_path(path))
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tmp_path))
    return tmp_path


def test_the_model_is_found_by_its_name(folder: Path) -> None:
    codec = load_codec("rfsq-4x1024-none")
    assert codec.tables is not None and codec.weights_hash.hex() == codec.weights_sha256[:16]
    data = compress(codec, smooth_photo(20, 20, 0)).data
    assert decompress(data).header.coding == "context"
    header = read_header(io.BytesIO(data))
    for change, error, reason in (
        ({"model": "vq-4096"}, CheckpointError, "There is no file"),
        ({"model": "my-own"}, CodecError, "not in the zoo"),
        ({"weights_hash": bytes(8)}, CodecError, "other weights"),
    ):
        changed = replace(header, **change)
        with pytest.raises(error, match=reason):
            decompress(changed.to_bytes() + segment_bytes(changed, 0, b""))
    tables_path(folder / "rfsq-4x1024-none.safetensors").write_bytes(b"no tables")
    with pytest.raises(EntropyError, match="truncated"):
        zoo_codec(header)
    tables_path(folder / "rfsq-4x1024-none.safetensors").unlink()
    with pytest.raises(CodecError, match="other tables"):
        decompress(data)


def test_reading_tokens_does_not_depend_on_the_number_of_threads() -> None:
    made = compress(CODECS["tiny-layernorm"], smooth_photo(64, 80, 0))
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(3)
        stream = io.BytesIO(made.data)
        tokens = read_tokens(stream, read_header(stream), CODECS["tiny-layernorm"])
    finally:
        torch.set_num_threads(before)
    assert np.array_equal(tokens.indices, made.tokens.indices) and np.array_equal(tokens.side, made.tokens.side)


def test_300_damaged_files_give_an_error_or_a_picture() -> None:
    outcome = fuzz.run(300, seed=1)
    assert outcome.failures == [] and outcome.pictures + outcome.errors.total() == 300
    assert outcome.pictures > 5 and set(outcome.errors) == {"BitstreamError", "CodecError", "EntropyError"}
    assert outcome.slowest_s < 10


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [name for name in ZOO if tables_path(checkpoint_folder() / f"{name}.safetensors").is_file()]
)
def test_shipped_tables_belong_to_their_weights_and_make_files_smaller(name: str, tmp_path: Path) -> None:
    codec = load_codec(name)
    pixels = np.kron(smooth_photo(12, 12, 1), np.ones((4, 4, 1), np.uint8))
    made = compress(codec, pixels)
    assert made.header.coding == "context"
    assert sum(made.token_bytes) < sum(compress(codec, pixels, coding="uniform").token_bytes)
    assert np.array_equal(decompress(made.data, find=lambda header: codec).pixels, reconstruct(codec, made.tokens))


def test_shipped_tables_are_few_bytes() -> None:
    files = list(checkpoint_folder().glob("*.tables.safetensors"))
    assert sum(file.stat().st_size for file in files) < 1_200_000


def test_a_fitted_stack_compresses_and_decompresses_by_its_name_alone() -> None:
    pixels = smooth_photo(70, 90, 3)
    codec = load_codec("continuous-5.fsq-4-s3-layernorm")
    file = compress(codec, pixels)
    assert file.header.coding == "static" and file.header.model == "continuous-5.fsq-4-s3-layernorm"
    assert np.array_equal(decompress(file.data).pixels, to_pixels(codec.model.reconstruct(to_tensor(pixels))))
    nominal = codec.model.rate(*pixels.shape[:2])
    assert nominal is not None and len(file.data) < nominal.total_bytes


def test_a_fitted_stack_takes_the_tables_beside_its_network_and_still_reads_what_was_made_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, pixels = "continuous-5.fsq-4-s3-layernorm", smooth_photo(70, 90, 3)
    for file in checkpoint_folder().glob("continuous-5.*"):
        (tmp_path / file.name).symlink_to(file)
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tmp_path))
    counted = load_codec(name)
    before = compress(counted, pixels)
    indices = before.tokens.indices[None]
    path = tables_path(tmp_path / f"{name}.safetensors")
    save_tables(learn_tables(counted.layout, indices, counted.weights_sha256), path)
    learned = load_codec(name)
    after = compress(learned, pixels)
    assert after.header.coding == "context" and len(after.data) < len(before.data)
    assert np.array_equal(decompress(after.data).pixels, reconstruct(learned, after.tokens))
    assert np.array_equal(decompress(before.data).pixels, reconstruct(learned, after.tokens))
    explicit = compress(learned, pixels, coding="static")
    assert np.array_equal(decompress(explicit.data).pixels, reconstruct(learned, after.tokens))
    # Fitted on a computer that rounds in another way: the tables are for none of its files.
    save_tables(learn_tables(counted.layout, indices, "ab" * 32), path)
    assert load_codec(name).coding == "static" and np.array_equal(
        decompress(before.data).pixels, reconstruct(learned, after.tokens)
    )
    with pytest.raises(CodecError, match="other tables"):
        decompress(after.data)
    path.write_bytes(b"no tables")
    with pytest.raises(EntropyError, match="truncated"):
        load_codec(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", LOW_RATE_STACKS)
def test_stacks_for_low_rates_have_tables_that_make_their_files_smaller(name: str) -> None:
    codec, pixels = load_codec(name), fit_within(load_example("coffee"), 256)
    made = compress(codec, pixels)
    assert made.header.coding == "context"
    assert sum(made.token_bytes) < 0.97 * sum(compress(codec, pixels, coding="uniform").token_bytes)
    assert np.array_equal(decompress(made.data).pixels, reconstruct(codec, made.tokens))
