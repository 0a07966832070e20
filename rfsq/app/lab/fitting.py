"""The factors of a stack: moved by hand, searched on a grid, or learned by gradient while one watches."""

from __future__ import annotations

from dataclasses import replace

import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from rfsq.app.lab import runs
from rfsq.app.lab.factors import factor_sliders
from rfsq.app.lab.runs import Samples, Strategy
from rfsq.app.lab.session import factors_belong_to, session, take_factors, use_factors
from rfsq.app.lab.settings import LabSettings
from rfsq.app.shared.chart import draw_chart
from rfsq.figures import factor_fit
from rfsq.machine.devices import cpu_threads
from rfsq.style.palette import Theme
from rfsq.teaching.lab import FactorFit, fit_by_gradient
from rfsq.teaching.lab.gradient import STEPS

_FIT_EVERY = 10  # steps from one picture of a fit to the next


def show_fitting(settings: LabSettings, chosen: Strategy, fit: Samples, theme: Theme) -> go.Figure | None:
    """Draw the sliders, the buttons and the last fit by gradient, whose chart is returned; None where there is none."""
    what = "factor" if settings.conditioning == "scale" else "gain"
    st.subheader(f"The {what}s, by hand and by gradient", anchor=False)
    factor_sliders(
        chosen.factors,
        _best_of_grid(settings, fit).factors,
        what=what,
        setting=factors_belong_to(settings),
        on_change=take_factors,
    )
    with st.container(key="lab-fit", horizontal=True, vertical_alignment="center"):
        pressed = st.button(
            "Fit by gradient",
            key="lab-gradient",
            type="primary",
            help="Adam, from 1, with gradients that pass "
            "straight through the rounding: how a model learns its factors.",
        )
        st.button(
            "Best of the grid",
            key="lab-grid",
            on_click=use_factors,
            args=((),),
            disabled=not settings.factors,
            help="The ticks: a search over two numbers, the first factor and how the others follow.",
        )
        st.caption(_verdict(settings, fit))
    place = st.empty()
    if pressed:
        _learn(settings, fit, place, theme)
    kept = session().gradient
    if kept is not None and kept[0] == factors_belong_to(settings):
        with place:
            return _draw(kept[1], settings, "lab-fit-kept", theme)
    return None


def _learn(settings: LabSettings, fit: Samples, place: DeltaGenerator, theme: Theme) -> None:
    """Learn the factors, draw them on the way, and take the best."""
    last: FactorFit | None = None
    with cpu_threads(runs.THREADS):
        for last in fit_by_gradient(settings.stack(), fit.fit, every=_FIT_EVERY):
            with place:
                _draw(last, settings, f"lab-fit-{len(last.rms)}", theme)
    assert last is not None
    session().gradient = (factors_belong_to(settings), last)
    use_factors(tuple(float(f"{factor:.5g}") for factor in last.best))
    st.rerun()


def _draw(fit: FactorFit, settings: LabSettings, key: str, theme: Theme) -> go.Figure:
    figure = factor_fit(fit, method=settings.conditioning, steps=STEPS, theme=theme)
    draw_chart(figure, key=key, alt="Factors as they are learned")
    return figure


def _best_of_grid(settings: LabSettings, fit: Samples) -> Strategy:
    return runs.strategy_of(settings.conditioning, replace(settings, factors=()), fit, fit)


def _verdict(settings: LabSettings, fit: Samples) -> str:
    """What the reader's factors leave of the source they were fitted on, against the grid's: on samples no fit saw."""
    best = _best_of_grid(settings, fit).run.rms[-1]
    where = f"after {settings.stages} stages, on other samples of the source that it was fitted on"
    if not settings.factors:
        return f"The best of the grid leaves {best:.4f} {where}. Move a slider, or let the gradient try."
    own = runs.strategy_of(settings.conditioning, settings, fit, fit).run.rms[-1]
    verdict = "better than" if own < 0.99 * best else "as good as" if own < 1.01 * best else "worse than"
    return f"These leave {own:.4f} {where.replace('it was', 'they were')}: {verdict} the best of the grid, {best:.4f}."
