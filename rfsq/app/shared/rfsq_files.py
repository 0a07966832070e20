"""`.rfsq` files on the Compare page: one for each picture that is shown, and one opened in place of a photo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import BinaryIO

import streamlit as st
import torch

from rfsq.app.shared import cache
from rfsq.app.shared.cache import Work
from rfsq.codec.bitstream import MAGIC, BitstreamError, Header
from rfsq.codec.codec import Codec, CodecError, Decompressed, decompress
from rfsq.codec.entropy.planes import EntropyError
from rfsq.evidence.comparison import QUICK_PIXELS
from rfsq.model.checkpoint import CheckpointError, available_models
from rfsq.model.zoo import ZOO
from rfsq.style.wording import format_bpp, format_bytes

FILE_ERRORS = (BitstreamError, CheckpointError, CodecError, EntropyError)


# ---- opening ----


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
    if header.model not in available_models():
        raise CodecError(f"This file was made with the model `{header.model}`, which is not here.")
    if header.width * header.height > max_pixels:
        raise CodecError(
            f"This file holds {header.width} × {header.height} pixels; this page opens up to {max_pixels / 1e6:g} "
            "megapixels. `python -m rfsq decompress` opens larger ones."
        )
    return cache.codec_of(header.model, torch.device("cpu"))


def file_facts(picture: Decompressed, size: int) -> str:
    """Model, stages, bytes and bits per pixel of a file of `size` bytes: "vq-4096, 1 of 1 stage, 6 214 B, 0.76 bpp"."""
    header = picture.header
    bpp = 8 * size / (header.width * header.height)
    return f"{header.model}, {_stages(header.model, picture.stages)}, {format_bytes(size)}, {format_bpp(bpp)}"


# ---- saving ----


def save_box(work: Work, photo: str, shown: Sequence[tuple[str, int, str]]) -> None:
    """The popover with a file of each picture shown: model, stage count, label. `photo` begins their names.

    Files are made when it is opened, those of large pictures when they are asked for.
    """
    box = st.popover("Download .rfsq", key="files_open", on_change="rerun", disabled=not shown)
    if not (box.open and shown):
        return
    height, width = work.pixels.shape[:2]
    with box:
        st.caption(f"The working copy, {width} × {height} pixels. Upload a file here to see it again.")
        with st.spinner("Making the files."):
            for name, k, label in shown:
                _save_button(work, photo, name, k, label)


def _save_button(work: Work, photo: str, name: str, k: int, label: str) -> None:
    text = f"{label}, {_stages(name, k)}"
    data: bytes | Callable[[], bytes]
    try:
        if _quick(work):
            data = cache.file_of(work, name, k)
            text += f": {format_bytes(len(data))}"
        else:
            _check(work, name, k)
            data = partial(cache.file_of, work, name, k)
    except FILE_ERRORS as error:
        st.warning(f"{label} cannot be saved. {error}")
        return
    st.download_button(
        text,
        data,
        file_name=f"{photo}_{name}_{k}of{ZOO[name].num_stages}.rfsq",
        mime="application/octet-stream",
        key=f"file-{name}-{k}",
        on_click="ignore",
        help=None if _quick(work) else "Made when you click: a picture of this size takes several seconds.",
        width="stretch",
    )


def _quick(work: Work) -> bool:
    return work.pixels.shape[0] * work.pixels.shape[1] <= QUICK_PIXELS


def _check(work: Work, name: str, k: int) -> None:
    """Raise what `cache.file_of` would, without the work: a click that fails cannot say why."""
    height, width = work.pixels.shape[:2]
    Header(name, cache.codec_of(name, work.device).weights_hash, width, height, k, "uniform")


def _stages(name: str, k: int) -> str:
    """ "2 of 4 stages"."""
    most = ZOO[name].num_stages
    return f"{k} of {most} {'stage' if most == 1 else 'stages'}"
