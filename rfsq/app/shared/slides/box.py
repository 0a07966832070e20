"""The popover "For slides", the same on every page."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from rfsq.app.look import current_theme
from rfsq.app.shared.browser.component import component
from rfsq.app.shared.slides.offer import ChartOffer, PicturesOffer, SequenceOffer, SlideOffer, ViewOffer, file_name
from rfsq.figures.slide_chart import WIDTH, slide_chart, slide_scale, smallest_text
from rfsq.figures.stage_sequence import stage_sequence
from rfsq.photos.write import encode_animation, encode_png
from rfsq.style.palette import Theme

STAGE_MS, LAST_MS = 500, 2500  # how long a frame stands, and the last one
_CHART, _CHOICE = "slide-chart", "slide-chart-choice"  # keys
_KINDS: Final[dict[Literal["webp", "gif"], tuple[str, str]]] = {
    "webp": ("image/webp", "Every pixel as it is, in a loop: for a browser, or slides that take WebP."),
    "gif": ("image/gif", "For what cannot show WebP. A GIF has 256 colours a frame, so its pictures are coarser."),
}

_button = component("rfsq_slide_button", "shared/slides/button.js", "shared/button.css", "shared/slides/button.css")


def keep_row() -> DeltaGenerator:
    """The row at the end of a page for what a viewer can keep of it: slides, the link."""
    return st.container(horizontal=True, vertical_alignment="center", key="keep")


@st.fragment
def slides_box(offered: Callable[[], SlideOffer]) -> None:
    """Draw the popover. `offered` is asked when it is open; opening it draws nothing else of the page again."""
    box = st.popover("For slides", key="slides", on_change="rerun")
    if not box.open:
        return
    offer, theme = offered(), current_theme()
    with box:
        st.caption(
            f"Text is made for a slide of 1080 lines, the background is {theme}, as this page's. Every file says what it "
            "shows and, of a photo, whose it is."
        )
        if isinstance(offer.view, ViewOffer):
            _view_button(offer.file, offer.view)
        elif offer.view is not None:
            _pictures_button(offer.file, offer.view, theme)
        if offer.sequence is not None:
            _sequence_buttons(offer.file, offer.sequence, theme)
        elif offer.no_sequence:
            st.caption(offer.no_sequence)
        if offer.charts:
            _chart_button(offer, theme)


def _view_button(file: str, view: ViewOffer) -> None:
    wish = {"key": view.viewer, "file": file, "title": view.title, "notes": list(view.notes)}
    help_text = "All pictures as they stand, with zoom and divider, at twice their size"
    _button(key="slide-view", data={"label": "Pictures (PNG)", "help": help_text, "view": wish, "chart": ""})


def _pictures_button(file: str, pictures: PicturesOffer, theme: Theme) -> None:
    st.download_button(
        "Pictures (PNG)",
        partial(_still, pictures, theme),
        file_name=f"{file_name(file, pictures.file)}.png",
        mime="image/png",
        key="slide-png",
        on_click="ignore",
        help="All pictures beside each other, as large as a slide has room for",
        width="stretch",
    )


def _still(pictures: PicturesOffer, theme: Theme) -> bytes:
    (frame,) = stage_sequence(pictures.make(), pictures.notes, [pictures.title], theme=theme)
    return encode_png(frame)


def _sequence_buttons(file: str, sequence: SequenceOffer, theme: Theme) -> None:
    name = file_name(file, sequence.name)
    for kind, (mime, words) in _KINDS.items():
        st.download_button(
            f"{sequence.name.capitalize()} (animated {'WebP' if kind == 'webp' else 'GIF'})",
            partial(_animation, sequence, theme, kind),
            file_name=f"{name}.{kind}",
            mime=mime,
            key=f"slide-{kind}",
            on_click="ignore",
            help=words,
            width="stretch",
        )
    st.caption("An animation takes some seconds to make.")


def _animation(sequence: SequenceOffer, theme: Theme, kind: Literal["webp", "gif"]) -> bytes:
    frames = stage_sequence(sequence.make(), sequence.notes, sequence.heads, theme=theme)
    return encode_animation(frames, [*[STAGE_MS] * (len(frames) - 1), LAST_MS], kind)


def _chart_button(offer: SlideOffer, theme: Theme) -> None:
    names = list(offer.charts)
    if len(names) > 1:
        st.selectbox("Chart", names, key=_CHOICE)
    chosen = st.session_state.get(_CHOICE, names[0])
    chart: ChartOffer = offer.charts.get(chosen, offer.charts[names[0]])
    figure = slide_chart(chart.draw(), chart.notes, theme=theme)
    size = {"width": WIDTH, "height": figure.layout.height, "scale": slide_scale(figure)}
    file = file_name(offer.file, chart.file)
    st.html(f"<style>.st-key-slide-preview {{ --slide-height: {figure.layout.height:.0f}px; }}</style>")
    with st.container(key="slide-preview"):
        st.plotly_chart(
            figure,
            theme=None,
            key=_CHART,
            config={
                "displayModeBar": True,
                "modeBarButtons": [["toImage"]],
                "toImageButtonOptions": {"format": "svg", "filename": file, **size},
            },
            alt="The chart as it is saved",
            width=WIDTH,
        )
    words = "Drawn by lines, with letters as text: sharp at any size, and to be changed in a drawing program"
    _button(key="slide-svg", data={"label": "Chart (SVG)", "help": words, "view": None, "chart": _CHART})
    if smallest_text(figure) < 24:
        st.caption(f"This chart is higher than a slide: on 1080 lines its smallest text is {smallest_text(figure)} px.")
