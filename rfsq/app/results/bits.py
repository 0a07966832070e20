"""Quality against bits: bands of equal bits, and curves over the stage counts. A click on a dot offers its model."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from rfsq.app.results.baselines import Dot, baseline_of
from rfsq.app.results.compare_button import compare_button
from rfsq.app.results.curves import grouped_curves, score_rows
from rfsq.app.results.session import METRIC, current_settings, session
from rfsq.app.results.settings import measured_metrics
from rfsq.app.shared.chart import draw_chart
from rfsq.evidence.results import Results
from rfsq.figures.dot_place import DotPlace, dot_place
from rfsq.figures.equal_bits import equal_bits
from rfsq.figures.metric import METRICS, Metric
from rfsq.figures.rate_curves import quality_against_bits
from rfsq.model.zoo import ZOO
from rfsq.style.palette import Theme, label_of
from rfsq.style.wording import format_bytes

GROUPED = "rfsq-4x1024-grouped"


def choose_metric(results: Results) -> Metric:
    """Draw the control, with the reasons for the metrics that it lacks."""
    measured = measured_metrics(results)
    with st.container(key="metric", horizontal=True, vertical_alignment="bottom"):
        st.segmented_control(
            "Metric",
            measured,
            format_func=lambda key: METRICS[key].short,
            key=METRIC,
            persist_state="session",
            required=True,
            wrap=True,
        )
        reasons = {
            METRICS[name].short: reason
            for model in results.models.values()
            for name, reason in model.full.not_measured.items()
            if name in METRICS and name not in measured
        }
        if reasons:
            st.caption("  \n".join(f"{name}: {reason}" for name, reason in reasons.items()))
    return METRICS[current_settings(results).metric]


def show_bits(results: Results, metric: Metric, theme: Theme, narrow: bool) -> None:
    """Draw both charts."""
    bands, curves = st.columns(2, gap="medium")
    with bands:
        _clickable(
            results,
            equal_bits(score_rows(results, metric), metric, theme=theme, narrow=narrow),
            "bands",
            "Scores in bands of equal bits, one dot per model with its interval",
            narrow,
        )
    with curves:
        _clickable(
            results,
            quality_against_bits(grouped_curves(results, metric), metric, theme=theme, narrow=narrow),
            "curves",
            "Score against bits per pixel, models of one kind in a panel of their own",
            narrow,
        )
        side = max(model.full.side_bytes_per_image for model in results.models.values())
        st.caption(
            "Lines join the stage counts of one model. Open marks: fewer stages than the decoder was trained for. "
            f"Bits are nominal; layernorm adds its side information (up to {format_bytes(side)} per photo). "
            f"Dashed: the same network without rounding.{_grouped_note(results)}"
        )


def _grouped_note(results: Results) -> str:
    """What must stand beside the grouped model's dot."""
    if GROUPED not in results.models:
        return ""
    width = ZOO[GROUPED].dim
    return f" Grouped has {width} latent channels, and that it has {width} and not more was decided on these photos."


def _clickable(results: Results, figure: go.Figure, chart: str, alt: str, narrow: bool) -> None:
    """Draw a chart, and beside the dot that the viewer clicked the button that opens its model."""
    key = f"results-{chart}"

    def take() -> None:
        points = st.session_state[key]["selection"]["points"]
        data = points[0].get("customdata") if points else None
        dot = None
        if data and data[0] in results.models:
            dot = Dot(str(data[0]), int(data[1]) or ZOO[data[0]].num_stages, chart)
        session(results).dot = dot

    def offer(drawn: go.Figure) -> None:
        dot = session(results).dot
        if dot is not None and dot.chart == chart:
            place = dot_place(drawn, dot.model, dot.stages if chart == "curves" else 0)
            if place is not None:
                _open_beside(results, dot, place, narrow)

    draw_chart(figure, key=key, on_select=take, alt=alt, over=offer)


def _open_beside(results: Results, dot: Dot, place: DotPlace, narrow: bool) -> None:
    """The button, with what the model is opened beside."""
    side = "-below" if narrow else "-left" if place.share > 0.35 else ""
    with st.container(key=f"open-{dot.chart}{side}"):
        across = f"calc({place.left}px + {place.share:.4f} * (100% - {place.left + place.right}px))"
        st.html(f"<style>.st-key-results-{dot.chart}-box {{ --dot-x: {across}; --dot-y: {place.top:.0f}px; }}</style>")
        baseline = baseline_of(results, dot.model)
        stages = f"{dot.stages} stage{'' if dot.stages == 1 else 's'}"
        beside = "" if baseline is None else f", beside {label_of(baseline)}"
        st.markdown(f"**{label_of(dot.model)}**, {stages}{beside}")
        models = (dot.model,) if baseline is None else (baseline, dot.model)
        compare_button(models, f"results-open-{dot.chart}", dot.stages)
