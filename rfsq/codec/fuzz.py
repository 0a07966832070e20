"""`python -m rfsq fuzz --files 20000 --seed 0`: damaged `.rfsq` files must give a clean error or a picture, nothing else.

Small models of all kinds make small files; each is damaged at random, half of the time with all checksums made right
again, as somebody would who means it. Counted are clean errors (a ValueError with a sentence), pictures, and
everything else, which ends the run with exit code 1.
"""

from __future__ import annotations

import hashlib
import io
import struct
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from tqdm import tqdm

from rfsq.codec.bitstream import CODINGS, Header, read_header, read_segment, segment_bytes
from rfsq.codec.codec import Codec, CodecError, compress, decompress, index_layout
from rfsq.codec.entropy.learn import learn_tables
from rfsq.model.config import ModelConfig
from rfsq.model.model import QuantizedAutoencoder
from rfsq.quantizers.statistics import learned_codebooks

_HIDDEN = (8, 16)
_SIZES = ((12, 9), (1, 1), (33, 40))  # height, width of the pictures

CONFIGS = (
    ModelConfig("tiny-layernorm", "fsq", 3, levels=(4, 3, 5), num_stages=3, conditioning="layernorm", hidden=_HIDDEN),
    ModelConfig(
        "tiny-turns",
        "fsq",
        4,
        stage_levels=((4, 4, 1, 1), (1, 1, 4, 4)),
        num_stages=2,
        conditioning="geometric",
        hidden=_HIDDEN,
    ),
    ModelConfig("tiny-scale", "fsq", 2, levels=(2, 7), num_stages=2, conditioning="scale", hidden=_HIDDEN),
    ModelConfig("tiny-global", "lfq", 3, num_stages=2, conditioning="layernorm-global", hidden=_HIDDEN),
    ModelConfig("tiny-wide", "fsq", 2, levels=(45, 300), hidden=_HIDDEN),
    ModelConfig("tiny-lfq", "lfq", 5, hidden=_HIDDEN),
    ModelConfig("tiny-vq", "vq", 3, codebook_size=20, num_stages=2, conditioning="none", hidden=_HIDDEN),
)


@dataclass
class Outcome:
    """What became of the files."""

    pictures: int = 0
    errors: Counter[str] = field(default_factory=Counter)  # by type of error
    failures: list[str] = field(default_factory=list)  # what must not happen
    slowest_s: float = 0.0


def small_codec(config: ModelConfig) -> Codec:
    """A model with random weights, and tables learned from two random pictures. The same for the same config."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = QuantizedAutoencoder(config).eval().requires_grad_(False)
        images = torch.nn.functional.interpolate(torch.rand(8, 3, 8, 8) * 2 - 1, size=(64, 64), mode="bilinear")
        with torch.no_grad():
            model.encoder.state_dict()["4.weight"].mul_(20)  # random latents are too weak to use many codes
            indices = model.quantize(model.encode(images)).indices.numpy()
    assert model.quantizer is not None
    digest = hashlib.sha256(config.name.encode()).hexdigest()
    return Codec(model, digest, learn_tables(index_layout(config), indices, digest, learned_codebooks(model.quantizer)))


def small_files(codecs: dict[str, Codec]) -> list[bytes]:
    """Files of every model, coding and size."""
    rng = np.random.default_rng(0)
    files = []
    for height, width in _SIZES:
        coarse = rng.integers(0, 256, (height // 8 + 1, width // 8 + 1, 3), dtype=np.uint8)
        picture = coarse.repeat(8, axis=0).repeat(8, axis=1)[:height, :width]
        for codec in codecs.values():
            files += [compress(codec, picture).data, compress(codec, picture, coding="uniform").data]
    return files


def run(files: int, seed: int, progress: bool = False) -> Outcome:
    """Damage and decode `files` files."""
    codecs = {config.name: small_codec(config) for config in CONFIGS}

    def find(header: Header) -> Codec:
        if header.model not in codecs:
            raise CodecError(f"There is no model {header.model}.")
        return codecs[header.model]

    outcome = Outcome()
    for damaged in tqdm(_damaged(small_files(codecs), files, seed), total=files, unit="file", disable=not progress):
        stages = 1 + len(damaged) % 3 if len(damaged) % 2 else None
        start = time.perf_counter()
        try:
            decompress(damaged, stages, find)
            outcome.pictures += 1
        except ValueError as error:
            outcome.errors[type(error).__name__] += 1
            if not (str(error).endswith(".") and "\n" not in str(error)):
                outcome.failures.append(f"{type(error).__name__} without a sentence: {error!r}: {damaged.hex()}")
        except Exception as error:  # noqa: BLE001 - finding these is what the program is for
            outcome.failures.append(f"{error!r}: {damaged.hex()}")
        outcome.slowest_s = max(outcome.slowest_s, time.perf_counter() - start)
    return outcome


def _damaged(originals: list[bytes], count: int, seed: int) -> Iterator[bytes]:
    rng = np.random.default_rng(seed)
    kinds = (_flip, _cut, _insert, _forge_header, _forge_payload, _forge_header, _forge_payload)
    for _ in range(count):
        data = originals[rng.integers(len(originals))]
        for _ in range(rng.integers(1, 3)):
            data = kinds[rng.integers(len(kinds))](data, rng)
        yield data


def _flip(data: bytes, rng: np.random.Generator) -> bytes:
    changed = bytearray(data or b"\0")
    for _ in range(rng.integers(1, 5)):
        changed[rng.integers(len(changed))] ^= 1 << rng.integers(8)
    return bytes(changed)


def _cut(data: bytes, rng: np.random.Generator) -> bytes:
    return data[: rng.integers(len(data) + 1)]


def _insert(data: bytes, rng: np.random.Generator) -> bytes:
    at = rng.integers(len(data) + 1)
    return data[:at] + rng.bytes(int(rng.integers(1, 9))) + data[at:]


def _forge_header(data: bytes, rng: np.random.Generator) -> bytes:
    """Another value in one field of the header, and the header's checksum, often the segments' too, made right."""
    parts = _parse(data)
    if parts is None:
        return data
    header, payloads = parts
    raw = bytearray(header.to_bytes())
    name, value = (
        ("version", rng.integers(4)),
        ("coding", rng.integers(5)),
        ("stages", rng.integers(40)),
        ("width", rng.choice([0, 1, 8, 40, 65_535])),
        ("height", rng.choice([0, 1, 13, 64, 65_535])),
        ("hash", rng.integers(256)),
        ("tables", rng.integers(2**32)),
        ("name length", rng.integers(256)),
        ("name", rng.choice(list(b"-.a\xff\n/"))),
    )[rng.integers(9)]
    offset, form = {
        "version": (4, "<B"),
        "coding": (5, "<B"),
        "stages": (6, "<B"),
        "width": (7, "<H"),
        "height": (9, "<H"),
        "hash": (11, "<B"),
        "tables": (19, "<I"),
        "name length": (23, "<B"),
        "name": (24, "<B"),
    }[name]
    struct.pack_into(form, raw, offset, int(value))
    struct.pack_into("<I", raw, len(raw) - 4, zlib.crc32(raw[:-4]))
    try:
        forged = read_header(io.BytesIO(bytes(raw)))
    except ValueError:
        return bytes(raw) + b"".join(segment_bytes(header, stage, payload) for stage, payload in enumerate(payloads))
    return _build(forged, payloads)


def _forge_payload(data: bytes, rng: np.random.Generator) -> bytes:
    """Damage in the payloads of the stages, or stages swapped, under right checksums."""
    parts = _parse(data)
    if parts is None or not parts[1]:
        return data
    header, payloads = parts
    stage = int(rng.integers(len(payloads)))
    if rng.random() < 0.2:
        payloads.append(payloads.pop(stage))
        header = (
            replace(
                header,
                model=str(rng.choice([config.name for config in CONFIGS])),
                coding=str(rng.choice([header.coding, CODINGS[0]])),
                tables_crc=0,
            )
            if rng.random() < 0.1
            else header
        )
    else:
        payloads[stage] = (_flip, _cut, _insert)[rng.integers(3)](payloads[stage], rng)
    return _build(header, payloads)


def _parse(data: bytes) -> tuple[Header, list[bytes]] | None:
    file = io.BytesIO(data)
    payloads: list[bytes] = []
    try:
        header = read_header(file)
        while (
            len(payloads) < header.stages
            and (payload := read_segment(file, header, len(payloads), len(data))) is not None
        ):
            payloads.append(payload)
    except ValueError:
        return None
    return header, payloads


def _build(header: Header, payloads: list[bytes]) -> bytes:
    return header.to_bytes() + b"".join(segment_bytes(header, stage, payload) for stage, payload in enumerate(payloads))
