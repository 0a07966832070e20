"""The `.rfsq` file: a header, then one segment per stage. `bitstream.md` specifies it byte by byte.

This module knows bytes and nothing of models: what a segment holds is the business of `rfsq.codec.codec`. A file may be cut
after any segment; whoever wants k stages reads the header and k segments, and not a byte more.
"""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass
from typing import BinaryIO, Final

MAGIC: Final = b"RFSQ"
VERSION: Final = 1
MAX_SIDE: Final = 65_535  # pixels
MAX_PIXELS: Final = 50_000_000  # the limit of `rfsq.photos.read`
MAX_STAGES: Final = 32
MAX_NAME: Final = 64  # characters
HASH_BYTES: Final = 8  # of the SHA-256 of the model's weights
CODINGS: Final = ("uniform", "static", "context")  # how the tokens are coded, by the number in the header

_FIXED: Final = struct.Struct(
    "<4sBBBHH8sIB"
)  # magic, version, coding, stages, width, height, hash, tables, name length
_CRC: Final = struct.Struct("<I")
_NAME: Final = re.compile(r"[A-Za-z0-9._-]+")


class BitstreamError(ValueError):
    """The bytes are not a file that we can decode; the message says in one sentence why.

    whole: stages that can be read all the same, as those before one that is incomplete or damaged.
    """

    def __init__(self, message: str, whole: int = 0) -> None:
        super().__init__(message)
        self.whole = whole


@dataclass(frozen=True)
class Header:
    """What a file says of itself before the first segment. Raises BitstreamError for values that no file can have."""

    model: str  # its name: 1 … 64 letters, digits, dots, hyphens and underscores
    weights_hash: bytes  # the first 8 bytes of the SHA-256 of the model's weights
    width: int  # pixels
    height: int
    stages: int  # segments that the file was made with; a cut file has fewer
    coding: str  # one of CODINGS
    tables_crc: int = 0  # CRC-32 of the count tables; 0 when coding is "uniform", which uses none

    def __post_init__(self) -> None:
        if not 1 <= len(self.model) <= MAX_NAME or not _NAME.fullmatch(self.model):
            raise BitstreamError(
                f"A model's name in a file must be 1 to {MAX_NAME} of A-Z a-z 0-9 . _ -, not {self.model[:MAX_NAME]!r}."
            )
        if len(self.weights_hash) != HASH_BYTES:
            raise BitstreamError(f"The hash of the weights must have {HASH_BYTES} bytes, not {len(self.weights_hash)}.")
        if not (1 <= self.width <= MAX_SIDE and 1 <= self.height <= MAX_SIDE):
            raise BitstreamError(f"A picture of {self.width} × {self.height} is impossible; sides are 1 to {MAX_SIDE}.")
        if self.width * self.height > MAX_PIXELS:
            raise BitstreamError(
                f"A picture of {self.width} × {self.height} is beyond the limit of {MAX_PIXELS // 10**6} megapixels."
            )
        if not 1 <= self.stages <= MAX_STAGES:
            raise BitstreamError(f"A file has 1 to {MAX_STAGES} stages, not {self.stages}.")
        if self.coding not in CODINGS:
            raise BitstreamError(f"The coding must be one of {', '.join(CODINGS)}, not {self.coding!r}.")
        if not 0 <= self.tables_crc < 2**32 or (self.coding == "uniform" and self.tables_crc):
            raise BitstreamError("The checksum of the tables does not fit the coding.")

    def to_bytes(self) -> bytes:
        """The header as it stands in the file, checksum included: 28 bytes and the name."""
        name = self.model.encode("ascii")
        content = (
            _FIXED.pack(
                MAGIC,
                VERSION,
                CODINGS.index(self.coding),
                self.stages,
                self.width,
                self.height,
                self.weights_hash,
                self.tables_crc,
                len(name),
            )
            + name
        )
        return content + _CRC.pack(zlib.crc32(content))


def read_header(file: BinaryIO) -> Header:
    """Read and check the header at the start of `file`. Raises BitstreamError; reads nothing beyond the header."""
    content = file.read(len(MAGIC))
    if content != MAGIC:
        raise BitstreamError("This is not an .rfsq file." if content else "The file is empty.")
    content += file.read(1)
    if len(content) > len(MAGIC) and content[-1] != VERSION:
        raise BitstreamError(
            f"This file has version {content[-1]} of the format; this program reads version {VERSION}."
        )
    content += _read(file, _FIXED.size - len(MAGIC) - 1, "the header")
    _, _, coding, stages, width, height, weights_hash, tables_crc, name_length = _FIXED.unpack(content)
    if not 1 <= name_length <= MAX_NAME:
        raise BitstreamError(f"The header is damaged: it names a model with {name_length} characters.")
    content += _read(file, name_length, "the header")
    if _read(file, _CRC.size, "the header") != _CRC.pack(zlib.crc32(content)):
        raise BitstreamError("The header is damaged: its checksum is wrong.")
    if coding >= len(CODINGS):
        raise BitstreamError(f"The header names coding {coding}, which this program does not know.")
    name = content[_FIXED.size :].decode("ascii", "replace")
    return Header(name, weights_hash, width, height, stages, CODINGS[coding], tables_crc)


def segment_bytes(header: Header, stage: int, payload: bytes) -> bytes:
    """The segment of one stage (counted from 0): length, checksum, payload."""
    length = _varint(len(payload))
    return length + _CRC.pack(_segment_crc(header, stage, length, payload)) + payload


def read_segment(file: BinaryIO, header: Header, stage: int, limit: int) -> bytes | None:
    """The payload of the segment of `stage` (from 0) at this point of `file`; None if the file was cut just before it.

    `limit`: the most bytes that a payload can have; a longer one is refused before it is read.
    Raises BitstreamError for a segment that is incomplete, too long or damaged. Reads nothing beyond the segment.
    """
    try:
        return _read_segment(file, header, stage, limit)
    except BitstreamError as error:
        raise BitstreamError(str(error), whole=stage) from error


def _read_segment(file: BinaryIO, header: Header, stage: int, limit: int) -> bytes | None:
    what = f"stage {stage + 1}"
    first = file.read(1)
    if not first:
        return None
    digits = first
    while digits[-1] >= 0x80:
        if len(digits) == 5:
            raise BitstreamError(f"The data of {what} are damaged: their length makes no sense.")
        digits += _read(file, 1, what)
    length = sum((digit & 0x7F) << (7 * place) for place, digit in enumerate(digits))
    if digits != _varint(length) or length > limit:
        raise BitstreamError(f"The data of {what} are damaged: their length makes no sense.")
    checksum = _read(file, _CRC.size, what)
    payload = _read(file, length, what)
    if checksum != _CRC.pack(_segment_crc(header, stage, digits, payload)):
        raise BitstreamError(f"The data of {what} are damaged: their checksum is wrong.")
    return payload


def check_end(file: BinaryIO) -> None:
    """Raises BitstreamError if anything follows the last segment."""
    if file.read(1):
        raise BitstreamError("The file goes on after its last stage; it is damaged or something was added.")


def _segment_crc(header: Header, stage: int, length: bytes, payload: bytes) -> int:
    """Covers the header and the stage's number too, so a segment is only valid in its own place.

    The header without its own checksum: a CRC over content and its CRC is the same for all contents.
    """
    return zlib.crc32(payload, zlib.crc32(header.to_bytes()[: -_CRC.size] + bytes([stage]) + length))


def _varint(value: int) -> bytes:
    """Seven bits a byte, least significant first, the top bit set in all bytes but the last (LEB128)."""
    digits = bytearray()
    while value >= 0x80:
        digits.append(value & 0x7F | 0x80)
        value >>= 7
    digits.append(value)
    return bytes(digits)


def _read(file: BinaryIO, count: int, what: str) -> bytes:
    content = file.read(count)
    if len(content) != count:
        raise BitstreamError(f"The file ends within {what}; it is incomplete.")
    return content
