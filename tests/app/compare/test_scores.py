"""The table of scores."""

from __future__ import annotations

import torch
from tiny_models import tiny_model

from rfsq.app.compare.scores import score_table, scored_picture
from rfsq.evidence.comparison import run_method
from rfsq.photos.gallery import load_example
from rfsq.photos.pixels import fit_within


def test_the_table_escapes_names_and_waits_with_an_ellipsis() -> None:
    photo = fit_within(load_example("cat"), 48)
    result = run_method("<b>", tiny_model("fsq-8x8x8x8"), photo, torch.device("cpu"))
    page = score_table([scored_picture(result, 1, 20.0, None, None)], labels={}).html()
    assert "<b>" not in page and "&lt;b&gt;" in page
    assert page.count("…") == 4, "SSIM, L1, FLIP and LPIPS are on their way"
