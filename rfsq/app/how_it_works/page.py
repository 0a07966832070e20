"""The page "How it works": the photo's way through a real model, with the numbers of one token."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial

import streamlit as st

from rfsq.app.how_it_works.controls import controls
from rfsq.app.how_it_works.explorer import explorer_report, show_explorer
from rfsq.app.how_it_works.lesson import LESSON
from rfsq.app.how_it_works.models import first_model, offered, own_of, stacks_here
from rfsq.app.how_it_works.paths import PhotoPath, path_of
from rfsq.app.how_it_works.payload import latents_payload, packed_latents, packed_path, token_payload
from rfsq.app.how_it_works.session import STEP, TokenSession, session, take_step
from rfsq.app.how_it_works.settings import SIDE, TokenSettings, inside, write_token_link
from rfsq.app.how_it_works.slides import how_slides
from rfsq.app.look import current_theme, page_head
from rfsq.app.shared.browser.envelope import session_name
from rfsq.app.shared.carried import not_offered
from rfsq.app.shared.copy_link import copy_link
from rfsq.app.shared.guided_steps import StepLink, guided_steps
from rfsq.app.shared.link_notice import link_notice
from rfsq.app.shared.link_reader import LinkReader
from rfsq.app.shared.own_progress import ready_quantizers
from rfsq.app.shared.own_quantizers import known_fit
from rfsq.app.shared.photo_strip import photo_strip
from rfsq.app.shared.slides.box import keep_row, slides_box
from rfsq.app.shared.working_photo import OWN_PHOTO, ChosenPhoto, WorkingPhoto, working_photo
from rfsq.machine.devices import pick_device
from rfsq.model.checkpoint import CheckpointError, available_models
from rfsq.style.palette import label_of

TITLE = "What happens to this one token?"
TRY = "Click the photo, or move with the arrow keys. Then change the conditioning: where does the same block go?"


def how_it_works_page() -> None:
    """Draw the page. All below the strip is a fragment."""
    memory = session()
    memory.started = time.perf_counter()
    memory.follow()
    page_head(TITLE, TRY)
    _body(photo_strip())


@st.fragment
def _body(photo: ChosenPhoto) -> None:
    memory = session()
    started, memory.started = memory.started or time.perf_counter(), None
    _follow_photo(memory, photo)
    _links_of_steps(memory.settings)
    controls(memory.settings)
    if sentence := not_offered(offered(memory.settings.model)):
        st.caption(sentence)

    working = working_photo(photo, str(SIDE), pick_device())
    if own_of(memory.settings.model) and not ready_quantizers([memory.settings.model], working):
        return  # it says how far it is, or why it cannot be shown
    try:
        found = path_of(working, memory.settings.model)
    except CheckpointError as error:
        _leave_model(memory, error)
        return
    settings = _settings_inside(memory, found)

    place, known = memory.place_to_send(working.key)
    latents, way = packed_latents(working, found), packed_path(working, found)
    message = token_payload(
        *(found, way, latents.digest, place, known),
        size=working.size,
        step=settings.step,
        photo_key=working.key,
        command=memory.command,
        session=session_name(),
    )
    with st.container(key="how-box"):
        show_explorer(latents_payload(latents), message, on_change=_take_report)
    st.caption(" ".join([*_own_notes(settings.model), _note(photo, working)]))
    with keep_row():
        slides_box(partial(how_slides, settings, photo, working, found, current_theme()))
        with st.container(width="content"):
            _link_button(settings, found)
    _log_time(memory, started)


def _follow_photo(memory: TokenSession, photo: ChosenPhoto) -> None:
    """Another photo begins at its own edge."""
    other_upload = photo.name == OWN_PHOTO and memory.photo not in ("", photo.digest)
    if other_upload or photo.name != memory.settings.photo:
        memory.change(replace(memory.settings, photo=photo.name, row=-1, column=-1, channel=-1))
    memory.photo = photo.digest


def _leave_model(memory: TokenSession, error: CheckpointError) -> None:
    """Say why the model cannot be shown. What a link asks for in vain gives way to the model of the first view."""
    model, first = memory.settings.model, first_model(available_models())
    sentence = f"{label_of(model)} cannot be shown. {error}"
    if memory.link is None or model == first:
        st.warning(f"{sentence} Choose another model.")
        return
    memory.link.say("model", sentence, f"Showing {label_of(first)}.")
    memory.settings = replace(memory.settings, model=first)
    st.rerun()


def _links_of_steps(settings: TokenSettings) -> None:
    """The guided steps, for the token that is shown; none where the network that they are about is missing."""
    if not stacks_here(available_models()):
        return
    links = [StepLink(step.name, step.title, write_token_link(step.settings(settings))) for step in LESSON]
    guided_steps(STEP, links, settings.step, take_step)


def _settings_inside(memory: TokenSession, found: PhotoPath) -> TokenSettings:
    """The settings with the token on this photo and the stage in this model; says what had to move."""
    path, reader = found.path, memory.link or LinkReader({})
    memory.settings = inside(
        memory.settings, reader, grid=path.grid, edge=found.edge, stages=len(path.stages), channels=len(path.latents)
    )
    link_notice(reader.notes if memory.link else ())
    if not memory.link and reader.notes:
        st.caption(" ".join(reader.notes))
    if memory.settings.channel < 0:
        channel = found.telling_channel(memory.settings.row, memory.settings.column)
        memory.settings = replace(memory.settings, channel=channel)
    return memory.settings


def _take_report() -> None:
    """The browser moved; runs before the page is drawn again."""
    memory = session()
    settings = explorer_report(memory.settings, memory.command)
    if settings is not None:
        memory.change(settings)


def _own_notes(model: str) -> list[str]:
    """What cannot be seen of an own quantizer."""
    fitted = known_fit(model)
    if fitted is None:
        return []
    label = label_of(model)
    notes = [f"Of {label} only its answers are known: what it does inside is its own."]
    if fitted.why_no_stages:
        count = len(fitted.codebook_sizes)
        notes.append(f"It is one step here, with all its {count} indices: {fitted.why_no_stages}.")
    return notes


def _note(photo: ChosenPhoto, working: WorkingPhoto) -> str:
    height, width = working.size
    notes = []
    if photo.pixels.shape[:2] != (height, width):
        notes.append(f"The page works on a copy of {width} × {height} pixels.")
    notes.append(
        "Every value is what the model computed. One token sees more of the photo than its own 4 × 4 pixels: the "
        "encoder looks at the neighbours, too."
    )
    return " ".join(notes)


def _link_button(settings: TokenSettings, found: PhotoPath) -> None:
    first = TokenSettings(photo=settings.photo, model=first_model(available_models()))
    at_first = (settings.row, settings.column) == found.edge and settings.channel == found.telling_channel(*found.edge)
    copy_link(
        write_token_link(settings),
        own_photo=settings.photo == OWN_PHOTO,
        untouched=at_first and replace(settings, row=-1, column=-1, channel=-1) == first,
    )


def _log_time(memory: TokenSession, started: float) -> None:
    memory.runs += 1
    elapsed = 1e3 * (time.perf_counter() - started)
    st.html(f'<div class="rfsq-how-timing" hidden data-run="{memory.runs}" data-ms="{elapsed:.1f}"></div>')
