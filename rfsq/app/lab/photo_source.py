"""The photo whose latents a part shows, and the samples of its sources, or a sentence why there are none."""

from __future__ import annotations

import streamlit as st

from rfsq.app.lab import runs
from rfsq.app.lab.runs import PhotoLatents, Samples
from rfsq.app.lab.sampled import SampledSettings
from rfsq.app.shared.photo_strip import chosen_photo, photo_strip
from rfsq.app.shared.working_photo import ChosenPhoto
from rfsq.model.checkpoint import CheckpointError


def photo_for(settings: SampledSettings) -> ChosenPhoto | None:
    """Draw the photo strip where a photo's latents are needed, unless the settings hide it; the photo, else None."""
    if not settings.uses_photo:
        return None
    return chosen_photo() if "photos" in settings.hide else photo_strip()


def follow_photo(settings: SampledSettings, photo: ChosenPhoto | None) -> None:
    """Draw the whole page again where the fragment's settings have begun or ceased to need a photo: the strip stands
    outside of the fragment."""
    if settings.uses_photo != (photo is not None):
        st.rerun(scope="app")


def samples_here(
    settings: SampledSettings, sources: tuple[str, ...], photo: ChosenPhoto | None
) -> tuple[PhotoLatents | None, list[Samples]] | None:
    """The photo's latents if there is a photo, and samples of each source; None, and a sentence is drawn, where there are
    none."""
    latents = runs.photo_latents(photo)
    if photo is not None and latents is None:
        st.warning("There is no trained model in this copy, so no latents. Choose another source.")
        return None
    try:
        return latents, [runs.samples_of(source, settings, latents) for source in sources]
    except (CheckpointError, ValueError) as error:
        st.warning(f"The latents cannot be shown. {error}")
        return None
