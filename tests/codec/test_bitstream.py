"""The container: what was written comes back, and every other sequence of bytes is refused with a sentence."""

import io
import struct
import zlib
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from rfsq.codec.bitstream import (
    CODINGS,
    MAX_PIXELS,
    MAX_STAGES,
    BitstreamError,
    Header,
    check_end,
    read_header,
    read_segment,
    segment_bytes,
)
from rfsq.model import config, zoo
from rfsq.photos import read

HEADER = Header("rfsq-4x1024-none", b"12345678", 640, 480, 3, "context", 0xDEADBEEF)
PAYLOADS = [b"first stage", b"", b"the third" * 30]


def whole(header: Header = HEADER, payloads: list[bytes] = PAYLOADS) -> bytes:
    return header.to_bytes() + b"".join(segment_bytes(header, stage, part) for stage, part in enumerate(payloads))


def read_all(data: bytes, limit: int = 10_000) -> tuple[Header, list[bytes]]:
    file = io.BytesIO(data)
    header = read_header(file)
    payloads = []
    for stage in range(header.stages):
        payload = read_segment(file, header, stage, limit)
        if payload is None:
            return header, payloads
        payloads.append(payload)
    check_end(file)
    return header, payloads


def error_of(data: bytes, limit: int = 10_000) -> str:
    with pytest.raises(BitstreamError) as caught:
        read_all(data, limit)
    message = str(caught.value)
    assert message.endswith(".") and "\n" not in message and len(message) < 300
    return message


def test_the_limits_are_those_of_the_rest_of_the_program() -> None:
    assert MAX_PIXELS == read.MAX_PIXELS and MAX_STAGES == config.MAX_STAGES


def test_every_model_of_the_zoo_has_a_name_that_fits() -> None:
    assert all(replace(HEADER, model=name).model == name for name in zoo.ZOO)


NAMES = st.text("abcXYZ019._-", min_size=1, max_size=64)
SIDES = st.integers(1, 7000)


@given(
    name=NAMES,
    digest=st.binary(min_size=8, max_size=8),
    width=SIDES,
    height=SIDES,
    coding=st.sampled_from(CODINGS),
    crc=st.integers(0, 2**32 - 1),
    payloads=st.lists(st.binary(max_size=300), min_size=1, max_size=32),
)
def test_what_is_written_comes_back(
    name: str, digest: bytes, width: int, height: int, coding: str, crc: int, payloads: list[bytes]
) -> None:
    header = Header(name, digest, width, height, len(payloads), coding, crc if coding != "uniform" else 0)
    assert len(header.to_bytes()) == 28 + len(name)
    assert read_all(whole(header, payloads)) == (header, payloads)


def test_the_bytes_are_those_of_the_specification() -> None:
    name = b"rfsq-4x1024-none"
    content = b"RFSQ" + bytes([1, 2, 3]) + struct.pack("<HH", 640, 480) + b"12345678" + struct.pack("<I", 0xDEADBEEF)
    content += bytes([len(name)]) + name
    content += struct.pack("<I", zlib.crc32(content))
    assert HEADER.to_bytes() == content
    third = PAYLOADS[2]
    length = bytes([0x80 | 270 % 128, 270 // 128])
    crc = struct.pack("<I", zlib.crc32(content[:-4] + bytes([2]) + length + third))
    assert len(third) == 270 and segment_bytes(HEADER, 2, third) == length + crc + third


def test_a_file_cut_after_a_stage_has_fewer_and_cut_elsewhere_is_refused() -> None:
    data = whole()
    ends = {len(whole(payloads=PAYLOADS[:count])): count for count in range(4)}
    for length in range(len(data) + 1):
        if length in ends:
            assert read_all(data[:length]) == (HEADER, PAYLOADS[: ends[length]])
        else:
            assert "incomplete" in error_of(data[:length]) or length <= 3


def test_every_flipped_bit_is_noticed() -> None:
    data = whole()
    for position in range(8 * len(data)):
        changed = bytearray(data)
        changed[position // 8] ^= 1 << position % 8
        error_of(bytes(changed))


@given(content=st.binary(max_size=100), prefix=st.sampled_from([b"", b"RFSQ", b"RFSQ\1", HEADER.to_bytes()]))
def test_any_bytes_are_refused(content: bytes, prefix: bytes) -> None:
    if content:
        error_of(prefix + content)


def test_segments_only_fit_their_own_place() -> None:
    first, second = (segment_bytes(HEADER, stage, PAYLOADS[stage]) for stage in (0, 1))
    assert "checksum" in error_of(HEADER.to_bytes() + second + first)
    other = replace(HEADER, width=641)
    assert "checksum" in error_of(other.to_bytes() + first)


def test_nothing_is_read_beyond_what_is_asked_for() -> None:
    file = io.BytesIO(whole())
    header = read_header(file)
    assert file.tell() == len(header.to_bytes())
    read_segment(file, header, 0, 100)
    assert file.tell() == len(whole(payloads=PAYLOADS[:1]))


def test_a_segment_beyond_its_limit_is_refused_before_it_is_read() -> None:
    assert "length makes no sense" in error_of(whole(), limit=269)
    file = io.BytesIO(HEADER.to_bytes() + b"\xff\xff\xff\xff\x7f" + bytes(100))
    header = read_header(file)
    with pytest.raises(BitstreamError, match="length makes no sense"):
        read_segment(file, header, 0, 10**6)
    assert file.tell() == len(HEADER.to_bytes()) + 5


@pytest.mark.parametrize("length", [b"\x80\0", b"\x85\x80\0", b"\xff" * 5 + b"\1", b"\x80" * 4])
def test_a_length_has_one_spelling(length: bytes) -> None:
    payload = bytes(128)
    crc = struct.pack("<I", zlib.crc32(HEADER.to_bytes()[:-4] + b"\0" + length + payload))
    error_of(HEADER.to_bytes() + length + crc + payload)


@pytest.mark.parametrize(
    ("offset", "value", "reason"),
    [
        (4, b"\2", "version 2"),
        (5, b"\3", "coding 3"),
        (6, b"\0", "1 to 32 stages"),
        (6, b"\x21", "1 to 32 stages"),
        (7, b"\0\0", "0 × 480 is impossible"),
        (9, b"\0\0", "640 × 0 is impossible"),
        (7, b"\xff" * 4, "50 megapixels"),
        (23, b"\0", "0 characters"),
        (23, b"\xff", "255 characters"),
        (24, b"../..", "A model's name"),
        (24, b"\xff", "A model's"),
        (24, b"a\n", "A model's name"),
        (5, b"\0", "checksum of the tables does not fit"),
    ],
)
def test_impossible_values_with_a_right_checksum_are_named(offset: int, value: bytes, reason: str) -> None:
    content = bytearray(HEADER.to_bytes()[:-4])
    content[offset : offset + len(value)] = value
    message = error_of(bytes(content) + struct.pack("<I", zlib.crc32(content)) + whole()[len(content) + 4 :])
    assert reason in message


@pytest.mark.parametrize(
    "values",
    [
        {"width": 65_536},
        {"width": -1},
        {"weights_hash": b"short"},
        {"model": ""},
        {"model": "é"},
        {"model": "x" * 65},
        {"coding": "huffman"},
        {"tables_crc": 2**32},
        {"stages": 33},
    ],
    ids=str,
)
def test_a_header_that_no_file_can_have_is_not_made(values: dict) -> None:
    with pytest.raises(BitstreamError):
        replace(HEADER, **values)
