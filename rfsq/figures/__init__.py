"""Charts for app and notebooks: plain data in, plotly figures out.

Every function is pure and takes the theme, so an exported picture has the right page behind it. Show the figures with
plotly's own look (`st.plotly_chart(figure, theme=None)`): Streamlit's theme would replace fonts and colours.
"""

from rfsq.figures.cloud import stage_cloud
from rfsq.figures.codes import code_usage, index_map
from rfsq.figures.distortion import DistortionCurve, distortion_rate
from rfsq.figures.factors import factor_fit
from rfsq.figures.residuals import ResidualCurve, residual_norms
from rfsq.figures.signals import SignalCurve, stage_signals
from rfsq.figures.stage_use import stage_use
from rfsq.figures.token import token_lines
from rfsq.figures.training import training_curves

__all__ = [
    "DistortionCurve",
    "ResidualCurve",
    "SignalCurve",
    "code_usage",
    "distortion_rate",
    "factor_fit",
    "index_map",
    "residual_norms",
    "stage_cloud",
    "stage_signals",
    "stage_use",
    "token_lines",
    "training_curves",
]
