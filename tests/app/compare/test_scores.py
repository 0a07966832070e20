"""The table of scores."""

from __future__ import annotations

from tiny_models import tiny_model

from rfsq.app.compare.scores import score_table, scored_picture
from rfsq.evidence.comparison import code_photo
from rfsq.photos.gallery import load_example
from rfsq.photos.pixels import fit_within, to_tensor


def test_the_table_escapes_names_and_waits_with_an_ellipsis() -> None:
    photo = fit_within(load_example("cat"), 48)
    model = tiny_model("fsq-8x8x8x8")
    coded = code_photo("<b>", model, photo, model.encode(to_tensor(photo)))
    row = scored_picture(coded, 1, 20.0, None, None)
    page = score_table([row], labels={}, waiting=True).html()
    assert "<b>" not in page and "&lt;b&gt;" in page
    assert page.count("…") == 5, "SSIM, L1, FLIP, ST-LPIPS and LPIPS are on their way"
    assert "…" not in score_table([row], labels={}).html(), "nobody measures them"
    with_ceiling = [
        score_table([row], labels={}, ceiling="continuous-5", waiting=waiting).html().count("<tr") for waiting in (0, 1)
    ]
    assert with_ceiling == [2, 3], "the ceiling has its row while it is computed"
