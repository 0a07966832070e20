"""What the Rate–distortion page remembers of a session: the values of its controls, and what no control holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from rfsq.app.rate_distortion.settings import BLOCKS, Blocks, RdSettings, blocks_of, first_models, read_rd_link
from rfsq.app.shared.carried import open_photo
from rfsq.app.shared.link_notice import link_values
from rfsq.app.shared.own_models import config_of
from rfsq.app.shared.photo_strip import photo_names
from rfsq.app.viewer import Place, viewer_state

# Keys of the controls. Streamlit keeps their values while the session lasts (`persist_state="session"`).
SHOWN_BLOCKS, METRIC, SIZE, CHROMA, MODEL = "rd-blocks", "rd-metric", "rd-size", "rd-chroma", "rd-model"
MODELS: dict[Blocks, str] = {"fine": "rd-models", "coarse": "rd-models-coarse"}
VIEWER = "rd-viewer"
_SESSION = "rate-distortion"


@dataclass
class RdSession:
    """What no control holds."""

    opened: RdSettings  # by a link, or the first view,
    photo: str  # with its photo: while they stand, so do the notes
    place: Place  # of the viewer, as the link says it
    notes: tuple[str, ...]  # a sentence for each value of the link that was replaced


def stages_key(count: int) -> str:
    """The key of the control of a model's stages: models with as many share their choice."""
    return f"rd-stages-{count}"


def session(available: Sequence[str]) -> RdSession:
    """This session's memory; at its start from the page's address."""
    state = st.session_state
    if _SESSION not in state:
        link = read_rd_link(link_values(), photos=photo_names(), available=available)
        settings = link.settings
        state[_SESSION] = RdSession(settings, link.photo, link.place, link.notes)
        shown = blocks_of(settings.model)
        values = (shown, settings.metric, settings.size, settings.chroma, settings.model)
        for key, value in zip((SHOWN_BLOCKS, METRIC, SIZE, CHROMA, MODEL), values, strict=True):
            state[key] = value
        for blocks in BLOCKS:
            state[MODELS[blocks]] = list(settings.models if blocks == shown else first_models(available, blocks))
        state[stages_key(config_of(settings.model).num_stages)] = settings.stages
        open_photo(link.photo)
    found: RdSession = state[_SESSION]
    return found


def current_settings(available: Sequence[str]) -> RdSettings:
    """The settings as the controls stand. What is no longer possible is put right in the controls as well."""
    memory, state = session(available), st.session_state
    blocks: Blocks = state[SHOWN_BLOCKS]
    models = tuple(name for name in state[MODELS[blocks]] if name in available)
    if models and state.get(MODEL) not in models:
        state[MODEL] = models[0]
    model = state[MODEL]
    count = config_of(model).num_stages
    seen = viewer_state(VIEWER)
    return RdSettings(
        models,
        state[METRIC],
        state[SIZE],
        state[CHROMA],
        model,
        state.setdefault(stages_key(count), count),
        memory.opened.view if seen is None else seen.view,
    )
