"""The page "How it works": the photo's way through a real model, with the numbers of one token."""

from __future__ import annotations

import time
from dataclasses import replace

import streamlit as st

from rfsq.app.how_it_works.explorer import explorer_report, show_explorer
from rfsq.app.how_it_works.payload import token_payload
from rfsq.app.how_it_works.settings import (
    FAMILY,
    QUANTIZED,
    SIDE,
    TokenSettings,
    inside,
    read_token_link,
    write_token_link,
)
from rfsq.app.look import apply_look, current_theme
from rfsq.app.shared.bounded import BoundedCache
from rfsq.app.shared.cache import Work, checkpoint_of
from rfsq.app.shared.copy_link import copy_link
from rfsq.app.shared.photo import Photo, example_names, photo_strip, working_photo
from rfsq.app.shared.settings import OWN_PHOTO
from rfsq.machine.devices import pick_device
from rfsq.model.checkpoint import CheckpointError, available_models
from rfsq.model.config import ModelConfig
from rfsq.model.token_path import TokenPath, edge_token, trace_tokens
from rfsq.style.palette import label_of

TITLE = "What happens to this one token?"
TRY = "Click the photo, or move with the arrow keys. Then change the conditioning: where does the same block go?"
HELP = {
    "none": "none: the remainder is rounded as it is.",
    "scale": "scale: each stage multiplies by a learned factor before it rounds, and divides by it after.",
    "layernorm": "layernorm: mean and spread of each channel become 0 and 1 over this photo; they are sent along.",
    "layernorm-global": "layernorm-global: as layernorm, with mean and spread of the training photos; nothing is sent.",
    "geometric": "geometric: the latent is bounded first, then each stage multiplies by a fixed step, like the next digit.",
}
PATH_BYTES = 200_000_000  # paths of all viewers together; one of four stages takes about 4 MB


def how_it_works_page() -> None:
    """Draw the page. All below the strip is a fragment."""
    st.session_state["how-started"] = time.perf_counter()
    apply_look(current_theme())
    _open_link()
    with st.container(key="head", horizontal=True):
        st.title(TITLE, anchor=False)
        st.markdown(TRY)
    _body(photo_strip(st.session_state["how"].photo))


def _open_link() -> None:
    state = st.session_state
    if "how" in state:
        return
    settings, notes = read_token_link(st.query_params.to_dict(), photos=example_names())
    state["how"], state["how-notes"] = settings, notes
    state["how-command"], state["how-sent"] = 0, None
    if "row" in st.query_params:
        state["photo"] = settings.photo


# ---- changes, before the page is drawn again ----


def _take_report() -> None:
    settings = explorer_report(st.session_state["how"], st.session_state["how-command"])
    if settings is not None:
        _set(settings)


def _take_conditioning() -> None:
    if chosen := st.session_state["how-conditioning"]:
        _set(replace(st.session_state["how"], model=FAMILY[chosen]))


def _take_other() -> None:
    if chosen := st.session_state["how-other"]:
        _set(replace(st.session_state["how"], model=chosen))


def _set(settings: TokenSettings) -> None:
    st.session_state["how"], st.session_state["how-notes"] = settings, ()


# ---- drawing ----


@st.fragment
def _body(photo: Photo) -> None:
    state = st.session_state
    started = state.pop("how-started", None) or time.perf_counter()
    if (
        photo.name == OWN_PHOTO
        and state.get("how-digest", photo.digest) != photo.digest
        or photo.name != state["how"].photo
    ):
        _set(replace(state["how"], photo=photo.name, row=-1, column=-1))
    state["how-digest"] = photo.digest
    _controls(state["how"])
    settings: TokenSettings = state["how"]
    working = working_photo(photo, str(SIDE))
    work = Work(working.key, working.pixels, pick_device())
    try:
        config, path = _path_of(work, settings.model)
    except CheckpointError as error:
        st.warning(f"{label_of(settings.model)} cannot be shown. {error} Choose another model.")
        return
    edge = edge_token(work.pixels, config.stride)
    settings, notes = inside(settings, grid=path.grid, edge=edge, stages=len(path.stages), channels=len(path.latents))
    state["how"], state["how-notes"] = settings, (*state["how-notes"], *notes)
    for note in state["how-notes"]:
        st.info(note)
    place = _place_to_send(settings, working.key)
    with st.container(key="how-box"):
        show_explorer(
            token_payload(path, work.pixels, config, place, photo_key=working.key, command=state["how-command"]),
            on_change=_take_report,
        )
    st.caption(_note(photo, work))
    first = TokenSettings(photo=settings.photo)
    untouched = replace(settings, row=-1, column=-1) == first and (settings.row, settings.column) == edge
    copy_link(write_token_link(settings), own_photo=settings.photo == OWN_PHOTO, untouched=untouched)
    elapsed = 1e3 * (time.perf_counter() - started)
    state["how-runs"] = state.get("how-runs", 0) + 1
    st.html(f'<div class="rfsq-how-timing" hidden data-run="{state["how-runs"]}" data-ms="{elapsed:.1f}"></div>')


def _controls(settings: TokenSettings) -> None:
    state = st.session_state
    known = {model: conditioning for conditioning, model in FAMILY.items()}
    state["how-conditioning"] = known.get(settings.model)
    state["how-other"] = None if settings.model in known else settings.model
    present = set(available_models())
    with st.container(key="how-controls", horizontal=True, vertical_alignment="bottom"):
        st.segmented_control(
            "Conditioning",
            list(FAMILY),
            key="how-conditioning",
            on_change=_take_conditioning,
            help="What happens to the remainder before it is rounded.",
        )
        with st.popover("More"):
            others = [name for name in QUANTIZED if name not in known]
            st.selectbox(
                "Another model",
                others,
                key="how-other",
                format_func=label_of,
                filter_mode=None,
                index=None,
                on_change=_take_other,
                placeholder="one of the zoo",
            )
            if absent := [label_of(name) for name in QUANTIZED if name not in present]:
                st.caption(f"Not trained in this copy: {', '.join(absent)}.")
    st.caption(HELP.get(known.get(settings.model, ""), label_of(settings.model)))


def _place_to_send(settings: TokenSettings, photo_key: str) -> TokenSettings:
    """Where the browser shall stand. It is told anew only with another photo: until then its own place counts, and the
    message stays byte for byte the same, so that a report costs no second transfer."""
    state = st.session_state
    sent: tuple[str, TokenSettings] | None = state["how-sent"]
    if sent is None or sent[0] != photo_key:
        state["how-command"] = max(time.time_ns() // 1_000_000, state["how-command"] + 1)
        state["how-sent"] = sent = (photo_key, settings)
    return sent[1]


def _note(photo: Photo, work: Work) -> str:
    height, width = work.pixels.shape[:2]
    notes = []
    if photo.pixels.shape[:2] != (height, width):
        notes.append(f"The page works on a copy of {width} × {height} pixels.")
    notes.append(
        "Every value is what the model computed. One token sees more of the photo than its own 4 × 4 pixels: the "
        "encoder looks at the neighbours, too."
    )
    return " ".join(notes)


# ---- what was computed ----


@st.cache_resource(show_spinner=False)
def _paths() -> BoundedCache:
    return BoundedCache(PATH_BYTES)


def _path_of(work: Work, name: str) -> tuple[ModelConfig, TokenPath]:
    """The model's config and the photo's path through it, computed once. Raises CheckpointError."""
    checkpoint = checkpoint_of(name, work.device)
    key = (work.key, str(work.device), name, checkpoint.info.weights_sha256)
    path = _paths().get(key, lambda: trace_tokens(checkpoint.model, work.pixels), _bytes_of)
    return checkpoint.info.config, path


def _bytes_of(path: TokenPath) -> int:
    values = sum(array.nbytes for stage in path.stages for array in vars(stage).values() if hasattr(array, "nbytes"))
    return values + path.latents.nbytes + path.start.nbytes + sum(picture.nbytes for picture in path.pictures)
