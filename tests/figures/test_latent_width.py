"""A score over the number of latent channels."""

import pytest

from rfsq.figures.latent_width import width_ceiling
from rfsq.figures.metric import METRICS
from rfsq.style.palette import THEMES, Theme


def test_empty_input_is_refused() -> None:
    with pytest.raises(ValueError, match="at least|needs a"):
        width_ceiling({}, {}, METRICS["l1"], title="t")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_drawn_in_both_themes(theme: Theme) -> None:
    figure = width_ceiling({4: 29.0, 5: 30.0}, {"vq-4096": (4, 28.0)}, METRICS["psnr_db"], title="t", theme=theme)
    assert figure.layout.paper_bgcolor == THEMES[theme].page
    assert all(annotation.font.size >= 14 for annotation in figure.layout.annotations)
