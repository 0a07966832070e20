"""Figures and pictures in a notebook, still or with a control to move: the only module that knows Jupyter.

A figure goes out as plotly's own data, which JupyterLab draws with the script it has on disk; under a control in a box
whose content is replaced. `notebooks/refresh.py` adds a static picture of it to the committed file.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import ipywidgets as widgets
import numpy as np
import plotly.graph_objects as go
from IPython.display import display, update_display
from PIL import Image, ImageDraw, ImageFont

from rfsq.style.palette import THEMES
from rfsq.style.wording import NARROW_SPACE

PLOTLY = "application/vnd.plotly.v1+json"
WIDGET = "application/vnd.jupyter.widget-view+json"
_GAP, _CAPTION = 12, 18  # px between pictures, and of the words above them
_WIDTH, _HEIGHT = 820, 450  # px of a figure: JupyterLab with its list of files has 845 in a window of 1280

Bundle = dict[str, Any]  # the same thing in several media types; the reader's program takes the best that it knows
Pictures = Mapping[str, np.ndarray]  # caption -> (H, W, 3) uint8


def show(figure: go.Figure) -> None:
    """Show a figure: interactive in JupyterLab, without network."""
    display(_figure_bundle(figure), raw=True)


def show_pictures(pictures: Pictures, *, zoom: int = 1) -> None:
    """Show pictures side by side, each under its caption; `zoom` repeats every pixel so many times."""
    display(_picture_bundle(pictures, zoom), raw=True)


def play(draw: Callable[..., go.Figure], **choices: Sequence[Any]) -> None:
    """Show `draw(name=value, …)` under one control per name: a slider for a range, else a dropdown of the choices.

    The first choice of each is shown first. Raises ValueError without a choice.
    """
    controls = _controls(choices)
    first = draw(**_values(controls))
    live = _Live(first)

    def redraw(_: Any) -> None:
        live.show(draw(**_values(controls)))

    _observe(controls, redraw)
    display(_figure_bundle(first) | _view(widgets.VBox([_row(controls), live.box])), raw=True)


def play_pictures(draw: Callable[..., Pictures], *, zoom: int = 1, **choices: Sequence[Any]) -> None:
    """The same for pictures: `draw` returns captions and pixels."""
    controls = _controls(choices)
    display(_row(controls))
    handle = display(_picture_bundle(draw(**_values(controls)), zoom), raw=True, display_id=True)

    def redraw(_: Any) -> None:
        update_display(_picture_bundle(draw(**_values(controls)), zoom), raw=True, display_id=handle.display_id)

    _observe(controls, redraw)


def watch(figures: Iterable[go.Figure]) -> None:
    """Show figures one after the other in the same place, as fast as they come: of a training run, for example."""
    live, handle, figure = None, None, None
    for figure in figures:
        if live is None:
            live = _Live(figure)
            handle = display(_figure_bundle(figure) | _view(live.box), raw=True, display_id=True)
        else:
            live.show(figure)
    if figure is not None and handle is not None:
        update_display(
            _figure_bundle(figure), raw=True, display_id=handle.display_id
        )  # the last one stays, also in the file


class _Live:
    """A figure in the page that another one can replace, drawn by the same program as a still one.

    (Plotly's own widget brings its program along for every figure, and is given up by the page when that takes more than
    two seconds: on a slow computer it stays empty.)
    """

    def __init__(self, figure: go.Figure) -> None:
        height = figure.layout.height or _HEIGHT
        self.box = widgets.Output(
            layout=widgets.Layout(min_height=f"{height}px")
        )  # nothing below moves while it is redrawn
        self.show(figure)

    def show(self, figure: go.Figure) -> None:
        self.box.outputs = ({"output_type": "display_data", "data": _figure_bundle(figure), "metadata": {}},)


def _view(widget: widgets.Widget) -> Bundle:
    return {WIDGET: {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}}


def _controls(choices: Mapping[str, Sequence[Any]]) -> dict[str, widgets.Widget]:
    if not choices or not all(len(values) for values in choices.values()):
        raise ValueError(f"every control needs at least one choice, got {dict(choices)}")
    return {name: _control(name, values) for name, values in choices.items()}


def _values(controls: Mapping[str, widgets.Widget]) -> dict[str, Any]:
    return {name: control.value for name, control in controls.items()}


def _observe(controls: Mapping[str, widgets.Widget], redraw: Callable[[Any], None]) -> None:
    for control in controls.values():
        control.observe(redraw, names="value")


def _row(controls: Mapping[str, widgets.Widget]) -> widgets.Widget:
    return widgets.HBox(list(controls.values()), layout=widgets.Layout(flex_flow="row wrap"))


def _control(name: str, values: Sequence[Any]) -> widgets.Widget:
    words = name.replace("_", " ")
    wide = {"description_width": "initial"}
    if isinstance(values, range):
        return widgets.IntSlider(values[0], min(values), max(values), abs(values.step), description=words, style=wide)
    return widgets.Dropdown(options=list(values), value=values[0], description=words, style=wide)


def _figure_bundle(figure: go.Figure) -> Bundle:
    data = json.loads(figure.to_json())
    data["layout"].setdefault("width", _WIDTH)
    data["config"] = {"displayModeBar": False, "responsive": False}
    title = re.sub(r"<br>", " ", figure.layout.title.text or "figure")
    return {PLOTLY: data, "text/plain": re.sub(r"<[^>]+>", "", title)}


def _picture_bundle(pictures: Pictures, zoom: int) -> Bundle:
    buffer = io.BytesIO()
    _side_by_side(pictures, zoom).save(buffer, "PNG", optimize=True)
    return {"image/png": buffer.getvalue(), "text/plain": "Pictures: " + " | ".join(pictures).replace("\n", ", ")}


def _side_by_side(pictures: Pictures, zoom: int) -> Image.Image:
    """One picture of all, on a white page; captions may have several lines. Raises ValueError without a picture."""
    if not pictures:
        raise ValueError("there is no picture to show")
    colors, font = THEMES["light"], ImageFont.load_default(_CAPTION - 4)
    enlarged = [np.repeat(np.repeat(pixels, zoom, axis=0), zoom, axis=1) for pixels in pictures.values()]
    # The font that is always there has neither.
    captions = [caption.replace(NARROW_SPACE, " ").replace("×", "x") for caption in pictures]
    widths = [
        max(pixels.shape[1], *(round(font.getlength(line)) for line in caption.split("\n")), 1)
        for pixels, caption in zip(enlarged, captions, strict=True)
    ]
    top = _CAPTION * max(caption.count("\n") + 1 for caption in captions) + 6
    page = Image.new(
        "RGB", (sum(widths) + _GAP * (len(widths) - 1), top + max(len(pixels) for pixels in enlarged)), colors.page
    )
    draw, left = ImageDraw.Draw(page), 0
    for pixels, caption, width in zip(enlarged, captions, widths, strict=True):
        draw.multiline_text((left, 0), caption, colors.text, font=font, spacing=4)
        page.paste(Image.fromarray(pixels), (left, top))
        left += width + _GAP
    return page
