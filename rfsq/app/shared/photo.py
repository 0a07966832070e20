"""The photo strip: examples, upload, paste, drop and camera; and the copy of the photo that the models see.

An uploaded .rfsq file becomes the photo as well: the picture that its decoder makes.
"""

from __future__ import annotations

import base64
import hashlib
import io
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import BinaryIO

import numpy as np
import streamlit as st
from PIL import Image

from rfsq.app.shared.cache import remember
from rfsq.app.shared.rfsq_files import FILE_ERRORS, file_facts, is_rfsq, open_rfsq
from rfsq.app.shared.settings import OWN_PHOTO
from rfsq.photos.errors import ImageError
from rfsq.photos.gallery import EXAMPLES, load_example
from rfsq.photos.pixels import fit_within
from rfsq.photos.read import read_image

THUMBNAIL = 128  # pixels; drawn at half of it, so that it is sharp on fine screens
FULL_PIXELS = 12_000_000  # "full size" of larger photos: beyond, four methods would take minutes on a CPU
DECODED_NOTE = "This photo is already a reconstruction: scores here compare with it, not with the original."
_OWN, _PROBLEM, _NAME_CHARS = "own_photo", "photo_problem", 40

_paste = st.components.v2.component(
    "rfsq_paste", js=Path(__file__).with_name("paste.js").read_text(encoding="utf-8"), html="<span hidden></span>"
)


@dataclass(frozen=True, eq=False)
class Photo:
    """The original that was chosen, in its own size."""

    name: str  # of the example, or OWN_PHOTO
    title: str  # for people
    hint: str  # what to look for
    credit: str  # author and licence; empty for a person's own
    digest: str  # names the pixels
    pixels: np.ndarray  # (H, W, 3) uint8
    thumbnail: str = ""  # data URL of a person's own
    note: str = ""  # a sentence without which its scores would mislead


@dataclass(frozen=True, eq=False)
class WorkingPhoto:
    """The copy that the models see."""

    key: str
    pixels: np.ndarray  # (H, W, 3) uint8, read-only
    note: str | None  # a sentence when it is smaller than asked for


def example_names() -> tuple[str, ...]:
    return tuple(example.name for example in EXAMPLES)


def photo_strip(photo: str) -> Photo:
    """Draw the strip and return the chosen photo; `photo` is chosen at first.

    A picture that cannot be read leaves the choice as it was and puts its sentence under the strip.
    """
    st.session_state["photo"] = st.session_state.get("photo", photo)
    if st.session_state["photo"] == OWN_PHOTO and _OWN not in st.session_state:
        st.session_state["photo"] = EXAMPLES[0].name
    labels = _example_labels()
    if _OWN in st.session_state:
        labels = labels | {OWN_PHOTO: f"![Your photo]({st.session_state[_OWN].thumbnail})"}
    with st.container(key="strip", horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(key="photos"):
            chosen = st.segmented_control(
                "Photo",
                list(labels),
                format_func=labels.__getitem__,
                key="photo",
                required=True,
                label_visibility="collapsed",
                wrap=False,
            )
        with st.container(key="bring", horizontal=True, vertical_alignment="center", gap="small", width="content"):
            upload = f"upload-{st.session_state.get('uploads', 0)}"  # a fresh one after each file, ready for the next
            st.file_uploader("Your photo", key=upload, label_visibility="collapsed", on_change=_take, args=(upload,))
            _paste(key="paste")
            camera = st.popover("Camera", key="camera_box", on_change="rerun")
            if camera.open:  # the browser asks for the camera as soon as it is drawn
                camera.caption("The camera needs localhost or https, and your permission.")
                camera.camera_input(
                    "Take a photo", key="camera", label_visibility="collapsed", on_change=_take, args=("camera",)
                )
    picked = _picked(chosen or EXAMPLES[0].name)  # a choice is required, the type does not know
    with st.container(key="hint"):
        st.caption(f"{picked.hint} Paste or drop yours, or an .rfsq file: they stay on the machine that runs this app.")
    # Always there, so that a sentence that comes or goes does not give the viewer below another place, and a new start.
    with st.container(key="problem"):
        if problem := st.session_state.get(_PROBLEM):
            st.error(problem)
    return picked


def working_photo(photo: Photo, size: str) -> WorkingPhoto:
    """The photo with its longer side at most `size` pixels, or (nearly) as it is for "full"."""
    note = None
    height, width = photo.pixels.shape[:2]
    longest = None if size == "full" else int(size)
    if longest is None and height * width > FULL_PIXELS:
        longest = int(max(height, width) * (FULL_PIXELS / (height * width)) ** 0.5)
        megapixels = f"{height * width / 1e6:.0f} megapixels"
        note = f"This photo has {megapixels}; the page works on a copy of {FULL_PIXELS / 1e6:g}."
    pixels = remember((photo.digest, longest), partial(_resized, photo.pixels, longest))
    if pixels.shape[0] * pixels.shape[1] > 1_500_000:
        slow = "Large pictures take several seconds for each method."
        note = f"{note} {slow}" if note else slow
    return WorkingPhoto(f"{photo.digest}-{longest}", pixels, note)


def _resized(pixels: np.ndarray, longest: int | None) -> np.ndarray:
    return fit_within(pixels, longest).copy()  # a copy, because the cached one becomes read-only


def _picked(name: str) -> Photo:
    if name == OWN_PHOTO:
        own: Photo = st.session_state[_OWN]
        return own
    example = next(e for e in EXAMPLES if e.name == name)
    # The charts and photos of a name never change while the app runs, so the name is digest enough.
    return Photo(name, example.title, f"{example.title}: {example.why}", example.credit, name, load_example(name))


def _take(key: str) -> None:
    """Read what the uploader or the camera got; runs before the page is drawn again."""
    file = st.session_state.get(key)
    if file is None:  # taken out of the uploader: the photo on the page stays
        return
    st.session_state.pop(_PROBLEM, None)
    if key != "camera":
        st.session_state["uploads"] = st.session_state.get("uploads", 0) + 1
    try:
        pixels, hint, note = _read(file)
    except (ImageError, *FILE_ERRORS) as error:
        st.session_state[_PROBLEM] = str(error)
        return
    pixels.setflags(write=False)
    name = "Your photo" if key == "camera" else file.name
    name = name if len(name) <= _NAME_CHARS else "…" + name[1 - _NAME_CHARS :]
    digest = hashlib.blake2b(pixels.tobytes(), digest_size=12).hexdigest()
    st.session_state[_OWN] = Photo(OWN_PHOTO, name, hint, "", digest, pixels, _thumbnail_url(pixels), note)
    st.session_state["photo"] = OWN_PHOTO


def _read(file: BinaryIO) -> tuple[np.ndarray, str, str]:
    """The pixels of a picture or of an .rfsq file, (H, W, 3) uint8, the hint and the note that go with them.

    Raises ImageError for a picture, one of FILE_ERRORS for an .rfsq file that cannot be opened.
    """
    if is_rfsq(file):
        picture = open_rfsq(file, max_pixels=FULL_PIXELS)
        return (
            picture.pixels,
            f"Your file: decoded from {file_facts(picture, file.seek(0, io.SEEK_END))}.",
            DECODED_NOTE,
        )
    pixels = read_image(file)
    return pixels, f"Your photo, {pixels.shape[1]} × {pixels.shape[0]} pixels.", ""


@cache
def _example_labels() -> dict[str, str]:
    """Thumbnails with their names for those who do not see them (Markdown)."""
    return {example.name: f"![{example.title}]({_thumbnail_url(load_example(example.name))})" for example in EXAMPLES}


def _thumbnail_url(pixels: np.ndarray) -> str:
    height, width = pixels.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = Image.fromarray(fit_within(np.ascontiguousarray(pixels[top : top + side, left : left + side]), THUMBNAIL))
    buffer = io.BytesIO()
    square.save(buffer, "WEBP", quality=80)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()
