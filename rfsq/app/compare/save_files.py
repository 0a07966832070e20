"""The `.rfsq` files of the pictures that the Compare page shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import streamlit as st

from rfsq.app.shared.loaded_models import codec_of
from rfsq.app.shared.own_models import config_of
from rfsq.app.shared.reconstructions import file_of
from rfsq.app.shared.rfsq_files import FILE_ERRORS, stages_text
from rfsq.app.shared.working_photo import WorkingPhoto
from rfsq.codec.bitstream import Header
from rfsq.style.wording import format_bytes


@dataclass(frozen=True)
class FilePicture:
    """A picture that a file can hold."""

    model: str
    stages: int  # k
    label: str


def save_box(working: WorkingPhoto, photo: str, shown: Sequence[FilePicture]) -> None:
    """The popover with a file of each picture shown. `photo` begins their names.

    Files are made when it is opened, those of large pictures when they are asked for.
    """
    box = st.popover("Download .rfsq", key="files_open", on_change="rerun", disabled=not shown)
    if not (box.open and shown):
        return
    height, width = working.size
    with box:
        st.caption(f"The working copy, {width} × {height} pixels. Upload a file here to see it again.")
        with st.spinner("Making the files."):
            for picture in shown:
                _save_button(working, photo, picture)


def _save_button(working: WorkingPhoto, photo: str, picture: FilePicture) -> None:
    name, k = picture.model, picture.stages
    text = f"{picture.label}, {stages_text(name, k)}"
    data: bytes | Callable[[], bytes]
    try:
        if working.large:
            _check(working, name, k)
            data = partial(file_of, working, name, k)
        else:
            data = file_of(working, name, k)
            text += f": {format_bytes(len(data))}"
    except FILE_ERRORS as error:
        st.warning(f"{picture.label} cannot be saved. {error}")
        return
    st.download_button(
        text,
        data,
        file_name=f"{photo}_{name}_{k}of{config_of(name).num_stages}.rfsq",
        mime="application/octet-stream",
        key=f"file-{name}-{k}",
        on_click="ignore",
        help="Made when you click: a picture of this size takes several seconds." if working.large else None,
        width="stretch",
    )


def _check(working: WorkingPhoto, name: str, k: int) -> None:
    """Raise what `file_of` would, without the work: a click that fails cannot say why."""
    height, width = working.size
    Header(name, codec_of(name, working.device).weights_hash, width, height, k, "uniform")
