"""The controls of the page "Doctor": which tensors, and what they cannot tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from rfsq.app.doctor.files import MOST_FILES, MOST_MB
from rfsq.app.doctor.roles import Held, Roles, guess_roles
from rfsq.app.doctor.session import (
    AXIS,
    CHANNELS,
    EXAMPLE,
    LEVELS,
    SIZES,
    DoctorSession,
    forget_files,
    take_files,
)
from rfsq.app.doctor.settings import AUTO, CHANNEL_AXES, INDEX_AXES, OWN
from rfsq.evidence.doctor.planted import planted
from rfsq.evidence.doctor.tensors import TensorReport


def choose_tensors(memory: DoctorSession) -> None:
    """Draw the row of examples, and the button for files."""
    titles = {name: example.title for name, example in planted().items()}
    if memory.files:
        titles[OWN] = "Yours"
    if st.session_state.get(EXAMPLE) not in titles:
        memory.replaced.put(EXAMPLE, next(iter(titles)))
    with (
        memory.replaced.marked("choice", EXAMPLE),
        st.container(key="doctor-choice", horizontal=True, vertical_alignment="bottom"),
    ):
        st.segmented_control(
            "Tensors",
            list(titles),
            format_func=titles.__getitem__,
            key=EXAMPLE,
            persist_state="session",
            required=True,
            wrap=True,
        )
        with st.container(key="bring", horizontal=True, vertical_alignment="bottom", width="content"):
            key = f"doctor-upload-{memory.uploads}"
            st.file_uploader(
                "Your tensors",
                accept_multiple_files=True,
                max_upload_size=MOST_MB,
                key=key,
                label_visibility="collapsed",
                on_change=take_files,
                args=(key,),
            )
            if memory.files:
                st.button("Remove mine", key="doctor-forget", on_click=forget_files)
        if not memory.files:
            st.caption(
                f"Yours: indices, latents or both, and quantized latents; .npy or .safetensors, up to {MOST_FILES} files of "
                f"together {MOST_MB} MB. They are read, never executed, and stay on the machine that runs this app."
            )
    with st.container(key="problem"):
        if memory.problem:
            st.error(memory.problem)


def choose_roles(memory: DoctorSession) -> Roles:
    """Draw which tensor is which, as it is guessed."""
    held = memory.held
    guess = guess_roles(held)
    with st.container(key="doctor-roles", horizontal=True, vertical_alignment="bottom"):
        return Roles(
            _role("Indices", held, guess.indices, memory.uploads),
            _role("Latents", held, guess.latents, memory.uploads),
            _role("Quantized latents", held, guess.quantized, memory.uploads),
        )


def choose_facts(report: TensorReport | None) -> None:
    """Draw what the tensors cannot tell; what is guessed stands in the controls. `report`: how they were read last."""
    channels = f"by the shapes: {report.channels}" if report is not None and report.dim is not None else None
    axis = f"by the shapes: {INDEX_AXES[report.stages]}" if report is not None and report.codebook_sizes else None
    sizes = ""
    if report is not None and report.codebook_sizes and not report.sizes_stated:
        sizes = "guessed: " + " ".join(map(str, report.codebook_sizes[:8]))
    with st.container(key="doctor-facts", horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            "Codebook size",
            key=SIZES,
            persist_state="session",
            placeholder=sizes or "1024, or one for each stage",
            max_chars=400,
            help="How many values an index can take: one number for all stages, or one for each.",
        )
        st.text_input(
            "Levels per channel",
            key=LEVELS,
            persist_state="session",
            placeholder="8, 5, 5, 5",
            max_chars=400,
            help="Of FSQ and its kin; their product is the codebook size. With them, levels that nothing falls to are read off "
            "the indices, of which the first channel changes fastest.",
        )
        _axis(
            "Channels of the latents",
            {**CHANNEL_AXES, AUTO: channels or CHANNEL_AXES[AUTO]},
            CHANNELS,
            "The axis after the images (images, D, h, w), or the last one (images, h, w, D).",
        )
        _axis(
            "Indices of a token",
            {**INDEX_AXES, AUTO: axis or INDEX_AXES[AUTO]},
            AXIS,
            "One index for each token, or one for each stage: on the axis after the images, or on the last one.",
        )


def _axis(title: str, names: Mapping[str, str], key: str, explained: str) -> None:
    st.selectbox(title, list(names), format_func=names.__getitem__, key=key, persist_state="session", help=explained)


def _role(title: str, held: Sequence[Held], guess: Held | None, uploads: int) -> Held | None:
    place = st.selectbox(
        title,
        [-1, *range(len(held))],
        index=0 if guess is None else 1 + held.index(guess),
        format_func=lambda number: "none" if number < 0 else held[number].label,
        key=f"doctor-{title.split()[0].lower()}-{uploads}",  # other files are guessed anew
    )
    return None if place is None or place < 0 else held[place]
