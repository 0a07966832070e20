"""The photo strip: examples, upload, paste, drop and camera. The choice follows the viewer from page to page.

An uploaded .rfsq file becomes the photo as well: the picture that its decoder makes.
"""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import BinaryIO

import numpy as np
import streamlit as st
from PIL import Image

from rfsq.app.shared.browser.component import component
from rfsq.app.shared.browser.envelope import session_name
from rfsq.app.shared.carried import PHOTO
from rfsq.app.shared.replaced import Replaced
from rfsq.app.shared.rfsq_files import FILE_ERRORS, file_facts, is_rfsq, open_rfsq
from rfsq.app.shared.talk_view import brings_photo, talking
from rfsq.app.shared.working_photo import FIRST_PHOTO, FULL_PIXELS, OWN_PHOTO, ChosenPhoto
from rfsq.photos.errors import ImageError
from rfsq.photos.gallery import EXAMPLES, load_example
from rfsq.photos.pixels import fit_within
from rfsq.photos.read import read_image

THUMBNAIL = 128  # pixels; drawn at half of it, so that it is sharp on fine screens
DECODED_NOTE = "This photo is already a reconstruction: scores here compare with it, not with the original."
_CAMERA, _SESSION, _NAME_CHARS = "camera", "photo-strip", 40

_beside = component("rfsq_bring", "shared/bring.js", html="<span hidden></span>")


@dataclass
class StripSession:
    """What a viewer brought along."""

    own: ChosenPhoto | None = None
    problem: str = ""  # why the last file could not be opened
    asked: bool = False  # the link shows a photo of the person's own, which may still be in the browser
    taken: int = 0  # photos that could be read so far
    uploads: int = 0  # so far: each is taken by a fresh uploader, which is ready for the next
    replaced: Replaced = field(
        default_factory=lambda: Replaced("strip")
    )  # the choice, as a photo that is brought sets it


def _session() -> StripSession:
    if _SESSION not in st.session_state:
        st.session_state[_SESSION] = StripSession(asked=st.query_params.get(PHOTO) == OWN_PHOTO)
    found: StripSession = st.session_state[_SESSION]
    return found


def example_names() -> dict[str, str]:
    """Titles of the examples by name."""
    return {example.name: example.title for example in EXAMPLES}


def photo_names() -> dict[str, str]:
    """Titles of the photos that a link of this session can ask for, by name: the examples, and the person's own."""
    return example_names() if _session().own is None else example_names() | {OWN_PHOTO: "your photo"}


def chosen_photo() -> ChosenPhoto:
    """The photo of this session, on every page, without a strip to choose another."""
    state = st.session_state
    if state.setdefault(PHOTO, FIRST_PHOTO) not in photo_names():
        state[PHOTO] = FIRST_PHOTO
    return _picked(state[PHOTO])


def photo_strip(*, beside: Callable[[], None] | None = None, hint: bool = True) -> ChosenPhoto:
    """Draw the strip and return the chosen photo.

    beside: draws what else stands in the row. Without `hint`, `photo_hint` stands elsewhere. In the talk view a photo can be
    brought only where the link offers it.
    A picture that cannot be read leaves the choice as it was and puts its sentence under the strip.
    """
    session = _session()
    chosen_photo()  # the control begins with it
    labels = _example_labels()
    if session.own is not None:
        labels = labels | {OWN_PHOTO: f"![Your photo]({session.own.thumbnail})"}
    with (
        session.replaced.marked("photos", PHOTO),
        st.container(key="strip", horizontal=True, vertical_alignment="center", gap="small"),
    ):
        with st.container(key="photos"):
            chosen = st.segmented_control(
                "Photo",
                list(labels),
                format_func=labels.__getitem__,
                key=PHOTO,
                required=True,
                persist_state="session",
                label_visibility="collapsed",
                wrap=False,
            )
        if brings_photo() or not talking():
            _bring(session)
        if beside is not None:
            with st.container(key="beside", horizontal=True, vertical_alignment="center", width="content"):
                beside()
        picked = _picked(chosen or FIRST_PHOTO)  # a choice is required, the type does not know
        if hint:
            photo_hint(picked)
    # Always there, so that a sentence that comes or goes does not give the viewer below another place, and a new start.
    with st.container(key="problem"):
        if session.problem:
            st.error(session.problem)
    return picked


def _bring(session: StripSession) -> None:
    """The ways to bring a photo: upload, paste, camera, and the browser's own copy after a reload."""
    with st.container(key="bring", horizontal=True, vertical_alignment="center", gap="small", width="content"):
        upload = f"upload-{session.uploads}"
        st.file_uploader("Your photo", key=upload, label_visibility="collapsed", on_change=_take, args=(upload,))
        wanted = session.own is None and (session.asked or brings_photo())
        _beside(key="beside-upload", data={"session": session_name(), "wanted": wanted, "taken": session.taken})
        camera = st.popover("Camera", key="camera_box", on_change="rerun")
        if camera.open:  # the browser asks for the camera as soon as it is drawn
            camera.caption("The camera needs localhost or https, and your permission. A reload loses its photo.")
            camera.camera_input(
                "Take a photo", key=_CAMERA, label_visibility="collapsed", on_change=_take, args=(_CAMERA,)
            )


def photo_hint(photo: ChosenPhoto) -> None:
    """Draw what to look for in the photo, and where photos stay."""
    kept = "Your browser keeps this one for two hours at most, so that a reload of this tab does not lose it."
    with st.container(key="hint"):
        st.caption(
            f"{photo.hint} Paste or drop yours, or an .rfsq file: they stay on the machine that runs this app."
            f"{f' {kept}' if photo.name == OWN_PHOTO else ''}"
        )


def _picked(name: str) -> ChosenPhoto:
    own = _session().own
    if name == OWN_PHOTO and own is not None:
        return own
    return example_photo(name)


def example_photo(name: str) -> ChosenPhoto:
    """The example of this name."""
    example = next(e for e in EXAMPLES if e.name == name)
    # The charts and photos of a name never change while the app runs, so the name is digest enough.
    return ChosenPhoto(name, example.title, f"{example.title}: {example.why}", example.credit, name, load_example(name))


def _take(key: str) -> None:
    """Read what the uploader or the camera got; runs before the page is drawn again."""
    file = st.session_state.get(key)
    if file is None:  # taken out of the uploader: the photo on the page stays
        return
    session = _session()
    session.problem = ""
    if key != _CAMERA:
        session.uploads += 1
    try:
        bring_photo(file, "Your photo" if key == _CAMERA else file.name)
    except (ImageError, *FILE_ERRORS) as error:
        session.problem = str(error)


def bring_photo(file: BinaryIO, name: str) -> None:
    """Make what a person brought the photo of this session, on every page: a picture, or an .rfsq file.

    Raises ImageError for a picture, one of FILE_ERRORS for an .rfsq file that cannot be opened; the photo stays then.
    """
    pixels, hint, note = _read(file)
    pixels.setflags(write=False)
    name = name if len(name) <= _NAME_CHARS else "…" + name[1 - _NAME_CHARS :]
    digest = hashlib.blake2b(pixels.tobytes(), digest_size=12).hexdigest()
    session = _session()
    session.own = ChosenPhoto(OWN_PHOTO, name, hint, "", digest, pixels, _thumbnail_url(pixels), note)
    session.taken += 1
    session.replaced.put(PHOTO, OWN_PHOTO)


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
