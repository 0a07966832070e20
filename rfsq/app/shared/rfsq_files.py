"""An `.rfsq` file opened in place of a photo."""

from __future__ import annotations

from functools import partial
from typing import BinaryIO

import torch

from rfsq.app.shared.loaded_models import codec_of
from rfsq.app.shared.own_models import config_of
from rfsq.codec.bitstream import MAGIC, BitstreamError, Header
from rfsq.codec.codec import Codec, CodecError, Decompressed, decompress
from rfsq.codec.entropy.planes import EntropyError
from rfsq.model.checkpoint import CheckpointError, available_models
from rfsq.model.stack import OFFERED_CODES, OFFERED_STAGES, parse_stack_name
from rfsq.style.wording import format_bpp, format_bytes

FILE_ERRORS = (BitstreamError, CheckpointError, CodecError, EntropyError)


def is_rfsq(file: BinaryIO) -> bool:
    """Whether the content, not the name, is that of an .rfsq file; `file` stands at its start before and after."""
    start = file.read(len(MAGIC))
    file.seek(0)
    return start == MAGIC


def open_rfsq(file: BinaryIO, *, max_pixels: int) -> Decompressed:
    """The picture in a file, from anyone: its size and model are checked before anything is decoded.

    Decoded on the CPU, so that a file gives the same picture whatever the page computes on. Raises FILE_ERRORS.
    """
    return decompress(file, find=partial(_codec_for, max_pixels=max_pixels))


def _codec_for(header: Header, *, max_pixels: int) -> Codec:
    if header.model not in available_models() and not _is_stack(header.model):
        raise CodecError(f"This file was made with the model `{header.model}`, which is not here.")
    if header.width * header.height > max_pixels:
        raise CodecError(
            f"This file holds {header.width} × {header.height} pixels; this page opens up to {max_pixels / 1e6:g} "
            "megapixels. `python -m rfsq decompress` opens larger ones."
        )
    return codec_of(header.model, torch.device("cpu"))


def _is_stack(name: str) -> bool:
    """Whether it names a stack around a network that is here."""
    try:
        stack = parse_stack_name(name)
    except ValueError:
        return False
    if stack is None or stack[0] not in available_models():
        return False
    # A stranger's file makes this page fit no more than its own controls do.
    return stack[1].codes <= OFFERED_CODES and stack[1].stages <= OFFERED_STAGES


def file_facts(picture: Decompressed, size: int) -> str:
    """Model, stages, bytes and bits per pixel of a file of `size` bytes: "vq-4096, 1 of 1 stage, 6 214 B, 0.76 bpp"."""
    header = picture.header
    bpp = 8 * size / (header.width * header.height)
    return f"{header.model}, {stages_text(header.model, picture.stages)}, {format_bytes(size)}, {format_bpp(bpp)}"


def stages_text(name: str, k: int) -> str:
    """ "2 of 4 stages"."""
    most = config_of(name).num_stages
    return f"{k} of {most} {'stage' if most == 1 else 'stages'}"
