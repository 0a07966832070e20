"""Charts for app and notebooks: plain data in, plotly figures out.

Every function is pure and takes the theme, so an exported picture has the right page behind it. Show the figures with
plotly's own look (`st.plotly_chart(figure, theme=None)`): Streamlit's theme would replace fonts and colours.
"""

from rfsq.figures.codes import code_usage, index_map
from rfsq.figures.residuals import ResidualCurve, residual_norms
from rfsq.figures.training import training_curves

__all__ = ["ResidualCurve", "code_usage", "index_map", "residual_norms", "training_curves"]
