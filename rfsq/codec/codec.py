"""Photos to `.rfsq` files and back: a model, its count tables, and the container around what they make.

    compress    pixels -> encoder, quantizer -> indices, side information -> entropy coder -> bytes
    decompress  bytes -> indices, side information -> quantizer, decoder -> pixels

The payload of a stage's segment is its side information (float16, little-endian; `layernorm` models only), then the coded
tokens. The encoder uses the numbers that it stores, so both sides see the same tensor.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import BinaryIO, Final

import numpy as np
import torch

from rfsq.codec.bitstream import (
    CODINGS,
    HASH_BYTES,
    BitstreamError,
    Header,
    check_end,
    read_header,
    read_segment,
    segment_bytes,
)
from rfsq.codec.entropy.coder import TokenCoder
from rfsq.codec.entropy.learn import learn_tables
from rfsq.codec.entropy.planes import Layout, mixed_radix
from rfsq.codec.entropy.tables import OtherWeightsError, Tables, load_tables, tables_path
from rfsq.model.calibration import load_calibration
from rfsq.model.checkpoint import Checkpoint, read_info, zoo_checkpoint
from rfsq.model.config import ModelConfig
from rfsq.model.library import open_model, weights_path
from rfsq.model.model import QuantizedAutoencoder
from rfsq.model.rate import token_grid
from rfsq.model.stack import parse_stack_name
from rfsq.model.zoo import ZOO
from rfsq.photos.pixels import to_pixels, to_tensor
from rfsq.quantizers import Quantizer
from rfsq.quantizers.rounding import per_channel
from rfsq.quantizers.statistics import learned_codebooks

COUNTED_IMAGES: Final = 256  # of a calibration, that the count tables of a fitted stack are made from
_FLOAT16: Final = np.dtype("<f2")


class CodecError(ValueError):
    """A picture cannot be compressed or a file not decompressed with this model; the message says why."""


@dataclass(frozen=True)
class Codec:
    """A quantizing model ready to code. Raises CodecError for a continuous one, which has no indices."""

    model: QuantizedAutoencoder
    weights_sha256: str
    tables: Tables | None  # None: every token is coded as equally likely
    coding: str = "context"  # one of CODINGS, where there are tables

    def __post_init__(self) -> None:
        if self.model.quantizer is None:
            raise CodecError(f"{self.name} does not quantize, so there is nothing to write into a file.")

    @property
    def name(self) -> str:
        return self.model.config.name

    @property
    def quantizer(self) -> Quantizer:
        assert self.model.quantizer is not None
        return self.model.quantizer

    @property
    def weights_hash(self) -> bytes:
        """What files say of the weights."""
        return bytes.fromhex(self.weights_sha256)[:HASH_BYTES]

    @cached_property
    def layout(self) -> Layout:
        return index_layout(self.model.config)

    def check_coding(self, coding: str | None) -> None:
        """Raises CodecError for a coding that there is not, or that needs tables which this model does not have."""
        if coding not in (None, *CODINGS):
            raise CodecError(f"The coding must be one of {', '.join(CODINGS)}, not {coding!r}.")
        if coding not in (None, "uniform") and self.tables is None:
            raise CodecError(f"{self.name} has no tables for {coding} coding; `python -m rfsq tables` makes them.")


@dataclass(frozen=True)
class Tokens:
    """What a file holds of one picture, for the first k stages."""

    indices: np.ndarray  # (k, h, w) int64
    side: np.ndarray  # (k, V) float32, exact in float16; V is 0 without side information
    height: int  # pixels
    width: int


@dataclass(frozen=True)
class Compressed:
    """A file and what its bytes are spent on."""

    data: bytes
    header: Header
    header_bytes: int  # the header, and length and checksum of every segment
    side_bytes: int
    token_bytes: tuple[int, ...]  # per stage
    tokens: Tokens

    @property
    def overheads(self) -> tuple[int, ...]:
        """Of `sizes`, the bytes that are the same for every picture of this size: header, lengths and checksums."""
        first, count = len(self.header.to_bytes()), len(self.token_bytes)
        return tuple(first + (self.header_bytes - first) * k // count for k in range(1, count + 1))

    @property
    def sizes(self) -> tuple[int, ...]:
        """Bytes of the file when it is cut after 1 … S stages."""
        side = self.side_bytes // len(self.token_bytes)  # the same in each stage
        return tuple(
            overhead + side * k + sum(self.token_bytes[:k]) for k, overhead in enumerate(self.overheads, start=1)
        )

    @property
    def bpp(self) -> float:
        """Bits per pixel, of the whole file."""
        return 8 * len(self.data) / (self.header.width * self.header.height)


@dataclass(frozen=True)
class Decompressed:
    """A picture from a file, and what the file says of itself."""

    pixels: np.ndarray  # (H, W, 3) uint8
    header: Header
    stages: int  # that the picture is made of; below `header.stages` if fewer were asked for or the file was cut


def index_layout(config: ModelConfig) -> Layout:
    """How the indices of a model split into planes. Raises ValueError for a continuous model."""
    quantizer = config.build_quantizer()
    if quantizer is None:
        raise ValueError(f"{config.name} does not quantize")
    return Layout(
        tuple(
            mixed_radix(base.levels or (base.codebook_size,), first_is_least=base.first_channel_is_least)
            for base, _ in quantizer.parts
        )
    )


def load_codec(name: str) -> Codec:
    """A model by its name or file (`rfsq.model.library`), and its count tables, if any.

    A trained model's tables stand beside it, those of some fitted stacks beside their network. Those of other stacks are
    counted on the latents that they were fitted to, without neighbours. Raises CheckpointError, CodecError or EntropyError.
    """
    checkpoint = open_model(name)
    if checkpoint.model.config.fitted and not name.endswith(".safetensors"):
        return fitted_codec(checkpoint)
    codec = Codec(checkpoint.model, checkpoint.info.weights_sha256, None)
    return replace(codec, tables=load_tables(tables_path(weights_path(name)), codec.layout, codec.weights_sha256))


def fitted_codec(checkpoint: Checkpoint) -> Codec:
    """The codec of a fitted stack, with the tables beside its network if they were made for this very fit."""
    codec = Codec(checkpoint.model, checkpoint.info.weights_sha256, None)
    try:
        tables = load_tables(tables_path(zoo_checkpoint(codec.name)), codec.layout, codec.weights_sha256)
    except OtherWeightsError:  # fitted on a computer that rounds in another way
        tables = None
    return _counted(codec) if tables is None else replace(codec, tables=tables)


def _counted(codec: Codec) -> Codec:
    """The codec of a fitted stack with tables that are counted on the latents that it was fitted to."""
    model, stack = codec.model, parse_stack_name(codec.name)
    assert stack is not None and model.latent_mean is not None and model.latent_std is not None
    weights = zoo_checkpoint(stack[0])
    latents = load_calibration(weights, read_info(weights).weights_sha256, model.config.dim).latents[:COUNTED_IMAGES]
    with torch.inference_mode():
        mean, std = per_channel(model.latent_mean.float()), per_channel(model.latent_std.float())
        indices = codec.quantizer((latents - mean) / std).indices.numpy()
    tables = learn_tables(codec.layout, indices, codec.weights_sha256, learned_codebooks(codec.quantizer))
    return replace(codec, tables=tables, coding="static")


# ---------------------------------------------------------------------------------------------- compress


def compress(codec: Codec, pixels: np.ndarray, stages: int | None = None, coding: str | None = None) -> Compressed:
    """The file of (H, W, 3) uint8 pixels with the first `stages` stages (default all).

    `coding`: one of CODINGS; by default the codec's own if the model has tables, but "uniform" for a picture so unlike the
    training photos that they would make its file larger. Raises CodecError, BitstreamError for a picture beyond
    the limits of the format, ValueError for stages that the model does not have.
    """
    count = codec.model.check_stages(stages)
    _header(codec, pixels.shape[0], pixels.shape[1], count, coding)  # what cannot be written is said before the work
    return compress_tokens(codec, _tokens(codec, pixels, count), coding)


def compress_tokens(codec: Codec, tokens: Tokens, coding: str | None = None) -> Compressed:
    """The file of a picture that is coded already; `coding` as that of `compress`, which says what is raised, too."""
    header = _header(codec, tokens.height, tokens.width, len(tokens.indices), coding)
    streams, limits = _encode(codec, header, tokens)
    uniform_bytes = sum(limits) / 2  # nearly
    if coding is None and header.coding != "uniform" and sum(map(len, streams)) > uniform_bytes:
        header = replace(header, coding="uniform", tables_crc=0)
        streams, limits = _encode(codec, header, tokens)
    if any(len(stream) > limit for stream, limit in zip(streams, limits, strict=True)):
        raise CodecError(f"This picture is too unlike the training photos for {header.coding} coding.")
    sides = [side.astype(_FLOAT16).tobytes() for side in tokens.side]
    data = header.to_bytes() + b"".join(
        segment_bytes(header, stage, side + stream)
        for stage, (side, stream) in enumerate(zip(sides, streams, strict=True))
    )
    side_bytes, token_bytes = sum(map(len, sides)), tuple(map(len, streams))
    return Compressed(data, header, len(data) - side_bytes - sum(token_bytes), side_bytes, token_bytes, tokens)


def _header(codec: Codec, height: int, width: int, stages: int, coding: str | None) -> Header:
    codec.check_coding(coding)
    if coding is None:
        coding = "uniform" if codec.tables is None else codec.coding
    crc = codec.tables.crc if codec.tables is not None and coding != "uniform" else 0
    return Header(codec.name, codec.weights_hash, width, height, stages, coding, crc)


def _tokens(codec: Codec, pixels: np.ndarray, stages: int) -> Tokens:
    device = next(codec.model.parameters()).device
    with torch.inference_mode():
        output = codec.model.quantize(codec.model.encode(to_tensor(pixels).to(device)))
    side = torch.zeros(1, stages, 0) if output.side is None else output.side
    return Tokens(output.indices[0, :stages].cpu().numpy(), side[0, :stages].cpu().numpy(), *pixels.shape[:2])


def _encode(codec: Codec, header: Header, tokens: Tokens) -> tuple[list[bytes], list[int]]:
    """The coded tokens of each stage, and the most bytes that a decoder accepts for it."""
    coder = token_coder(codec, header)
    streams, limits = [], []
    for indices in tokens.indices:
        limits.append(coder.limit_bytes())
        streams.append(coder.encode(indices))
    return streams, limits


def token_coder(codec: Codec, header: Header) -> TokenCoder:
    """What codes the stages of one file, one after the other."""
    return TokenCoder(
        codec.layout,
        *token_grid(header.height, header.width, codec.model.stride),
        None if header.coding == "uniform" else codec.tables,
        header.coding,
    )


# -------------------------------------------------------------------------------------------- decompress


def decompress(
    source: bytes | BinaryIO, stages: int | None = None, find: Callable[[Header], Codec] | None = None
) -> Decompressed:
    """The picture in a file (its bytes, or a stream that is read no further than needed) from its first `stages` stages.

    `find` gives the model for a header, by default the zoo's (`zoo_codec`). Raises BitstreamError, CodecError,
    EntropyError or CheckpointError, each a ValueError with a sentence for people: a damaged or incomplete file, an
    unknown model, other weights or tables than the file was made with, stages that the file does not have.
    """
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    header = read_header(file)
    codec = (find or zoo_codec)(header)
    counted = codec.tables is not None and codec.tables.crc == header.tables_crc
    if codec.model.config.fitted and header.coding == "static" and not counted:
        codec = _counted(codec)  # made before there were tables beside the network
    tokens = read_tokens(file, header, codec, stages)
    return Decompressed(reconstruct(codec, tokens), header, len(tokens.indices))


def zoo_codec(header: Header) -> Codec:
    """The model that a header names: of the zoo, or a stack around one of its networks. Raises CodecError, CheckpointError."""
    if header.model not in ZOO and parse_stack_name(header.model) is None:
        raise CodecError(
            f"The file was made with {header.model}, which is not in the zoo; say where its checkpoint is."
        )
    return load_codec(header.model)


def check_codec(header: Header, codec: Codec) -> None:
    """Raises CodecError unless this model, with these weights and tables, made the file."""
    if header.weights_hash != codec.weights_hash:
        raise CodecError(f"The file was made with other weights of {header.model} than those that are here.")
    if header.stages > codec.model.num_stages:
        raise CodecError(f"The file claims {header.stages} stages; {codec.name} has {codec.model.num_stages}.")
    if header.coding != "uniform" and (codec.tables is None or codec.tables.crc != header.tables_crc):
        raise CodecError(f"The file was made with other tables of {header.model} than those that are here.")


def read_tokens(file: BinaryIO, header: Header, codec: Codec, stages: int | None = None) -> Tokens:
    """The first `stages` stages (default all there are) of a file whose header has been read; raises as `decompress`."""
    check_codec(header, codec)
    if stages is not None and not 1 <= stages <= header.stages:
        raise CodecError(f"The file has {header.stages} stage(s), not {stages}.")
    coder, side_bytes = token_coder(codec, header), codec.quantizer.side_values * _FLOAT16.itemsize
    indices, sides = [], []
    for stage in range(stages or header.stages):
        payload = read_segment(file, header, stage, side_bytes + coder.limit_bytes())
        if payload is None:
            break
        if len(payload) < side_bytes:
            raise CodecError(f"The data of stage {stage + 1} are too short for its side information.")
        sides.append(np.frombuffer(payload[:side_bytes], _FLOAT16).astype(np.float32))
        indices.append(coder.decode(payload[side_bytes:]))
    if not indices or (stages is not None and len(indices) < stages):
        raise BitstreamError(
            f"The file was cut: it has {len(indices)} of its {header.stages} stage(s)"
            + (f", not {stages}." if stages is not None else ".")
        )
    if len(indices) == header.stages:
        check_end(file)
    return Tokens(np.stack(indices), np.stack(sides), header.height, header.width)


def reconstruct(codec: Codec, tokens: Tokens) -> np.ndarray:
    """The picture that tokens stand for, (H, W, 3) uint8. Raises CodecError when it has no finite colours."""
    device = next(codec.model.parameters()).device
    side = torch.from_numpy(tokens.side)[None].to(device) if codec.quantizer.side_values else None
    try:
        with torch.inference_mode():
            quantized = codec.quantizer.decode(torch.from_numpy(tokens.indices)[None].to(device), side)
            return to_pixels(codec.model.decode(quantized, tokens.height, tokens.width))
    except ValueError as error:
        raise CodecError(f"The tokens of this file make no picture: {error}.") from error
