"""Quality against bits: bands of equal bits, and curves over the stage counts. A click on a dot offers its model."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from rfsq.app.results.compare_button import compare_button
from rfsq.app.results.curves import ceilings, rate_curves, score_rows
from rfsq.evidence.results import Results
from rfsq.figures.equal_bits import equal_bits
from rfsq.figures.metric import METRICS, Metric
from rfsq.figures.rate_curves import quality_against_bits
from rfsq.model.zoo import ZOO
from rfsq.style.palette import Theme, label_of
from rfsq.style.wording import format_bytes

GROUPED = "rfsq-4x1024-grouped"
METRIC = "results-metric"  # key of the control


def choose_metric(results: Results) -> Metric:
    """Draw the control, with the reasons for the metrics that it lacks."""
    measured = [key for key in METRICS if any(key in model.per_image for model in results.models.values())]
    with st.container(key="metric", horizontal=True, vertical_alignment="bottom"):
        key = st.segmented_control(
            "Metric",
            measured,
            format_func=lambda key: METRICS[key].short,
            key=METRIC,
            persist_state="session",
            default=measured[0],
            required=True,
        )
        reasons = {
            METRICS[name].short: reason
            for model in results.models.values()
            for name, reason in model.full.not_measured.items()
            if name in METRICS and name not in measured
        }
        if reasons:
            st.caption("  \n".join(f"{name}: {reason}" for name, reason in reasons.items()))
    return METRICS[key]


def show_bits(results: Results, metric: Metric, theme: Theme) -> None:
    """Draw both charts."""
    bands, curves = st.columns(2, gap="medium")
    with bands:
        chosen = _clickable(
            equal_bits(score_rows(results, metric), metric, theme=theme),
            "bands",
            "Scores in bands of equal bits, one dot per model with its interval",
        )
    with curves:
        chosen = (
            _clickable(
                quality_against_bits(rate_curves(results, metric), ceilings(results, metric), metric, theme=theme),
                "curves",
                "Score against bits per pixel",
            )
            or chosen
        )
        side = max(model.full.side_bytes_per_image for model in results.models.values())
        st.caption(
            "Lines join the stage counts of one model. Open marks: fewer stages than the decoder was trained for. "
            f"Bits are nominal; layernorm adds its side information (up to {format_bytes(side)} per photo). "
            f"Dashed: the same network without rounding.{_grouped_note(results)}"
        )
    if chosen is not None:
        _open_in_compare(chosen)


def _grouped_note(results: Results) -> str:
    """What must stand beside the grouped model's dot."""
    if GROUPED not in results.models:
        return ""
    width = ZOO[GROUPED].dim
    return f" Grouped has {width} latent channels, and that it has {width} and not more was decided on these photos."


def _clickable(figure: go.Figure, key: str, alt: str) -> tuple[str, int] | None:
    """Draw a chart; the model and stage count (0: all) of the point that the viewer clicked."""
    state = st.plotly_chart(
        figure,
        theme=None,
        key=f"results-{key}",
        on_select="rerun",
        selection_mode="points",
        config={"displayModeBar": False},
        alt=alt,
    )
    points = state["selection"]["points"] if state else []
    data = points[0].get("customdata") if points else None
    return (str(data[0]), int(data[1])) if data and data[0] in ZOO else None


def _open_in_compare(chosen: tuple[str, int]) -> None:
    name, stages = chosen
    count = stages or ZOO[name].num_stages
    with st.container(key="open", horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{label_of(name)}**, {count} stage{'' if count == 1 else 's'}")
        compare_button((name,), f"results-open-{name}-{count}", count)
