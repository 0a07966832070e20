"""All charts: large text, digits of equal width, the colours of their theme, and no drag."""

import numpy as np
import pytest
from made_training_log import LOG

from rfsq.figures import ResidualCurve, code_usage, index_map, residual_norms, training_curves
from rfsq.style.palette import THEMES, Theme

# Measured in the rough trial of the design, 4×1024.
CURVES = (
    ResidualCurve("rfsq-4x1024-none", (1.537, 0.962, 0.545, 0.295, 0.214), True, 4, 40),
    ResidualCurve("rfsq-4x1024-scale", (1.792, 0.984, 0.515, 0.281, 0.205), True, 4, 40),
    ResidualCurve("rfsq-4x1024-layernorm", (0.440, 0.189, 0.089, 0.043, 0.024), True, 4, 40),
    ResidualCurve("rfsq-4x1024-geometric", (0.398, 0.197, 0.048, 0.012, 0.003), False, 4, 40),
)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_all_charts_keep_text_large_and_digits_equal_in_width(theme: Theme) -> None:
    figs = [
        residual_norms(CURVES, stage=2, theme=theme),
        index_map(np.eye(4, dtype=np.int64), 8, theme=theme),
        code_usage([np.arange(8)], [8], theme=theme),
        training_curves(LOG, theme=theme),
    ]
    for fig in figs:
        assert fig.layout.font.size >= 14 and fig.layout.title.font.size >= 16
        assert all(a.font.size >= 14 for a in fig.layout.annotations)
        assert "tabular-nums" in fig.layout.title.text
        assert fig.layout.font.color == THEMES[theme].text
        assert fig.layout.paper_bgcolor == THEMES[theme].page
        assert fig.layout.xaxis.fixedrange and fig.layout.yaxis.fixedrange and fig.layout.dragmode is False
