"""Sentences on file sizes follow the curves, also to the other side."""

import pytest

from rfsq.evidence.files.curves import CurvePoint, FileCurves, load_curves
from rfsq.evidence.files.words import SHOWN, bytes_words, decoder_words, gaps_to_formats, unmeasured_words
from rfsq.evidence.report import bytes_part
from rfsq.evidence.results import Results


def curves(ours_db: float, others_db: dict[str, float]) -> FileCurves:
    """One file of ours of 1,000 bytes; the others' curves pass there with these scores."""
    ours = {SHOWN: (CurvePoint("1", 1000.0, ours_db, 0.9, 0.1),)}
    others = {
        name: (
            CurvePoint("quality 0", 500.0, score - 1, 0.8, 0.2),
            CurvePoint("quality 9", 2000.0, score + 1, 0.9, 0.1),
        )
        for name, score in others_db.items()
    }
    return FileCurves("c", "f", "d", 400, 16384.0, {}, ours, others)


def test_other_formats_are_said_at_our_bytes_and_who_is_ahead() -> None:
    made = curves(30.0, {"jpeg": 31.0, "avif-444": 34.0})
    assert gaps_to_formats(made, SHOWN) == pytest.approx({"jpeg": -1.0, "avif-444": -4.0}, abs=1e-6)
    words = bytes_words(made)
    assert "In as many bytes JPEG 4:2:0 is 1.0 dB better and AVIF 4:4:4 is 4.0 dB better." in words
    assert "30.0 dB" in words and words.partition(" (Pictures")[0].endswith(
        "with all their stages none of JPEG 4:2:0 or AVIF 4:4:4."
    )
    better = bytes_words(curves(32.0, {"jpeg": 31.0, "avif-444": 34.0}))
    assert "JPEG 4:2:0 is 1.0 dB worse" in better
    assert better.partition(" (Pictures")[0].endswith(
        "1 are ahead of JPEG 4:2:0 (RFSQ 4×1024 grouped by most, 1.0 dB), none of AVIF 4:4:4."
    )


def test_a_format_that_cannot_be_so_small_is_left_out() -> None:
    made = curves(30.0, {"jpeg": 31.0})
    small = FileCurves(
        "c", "f", "d", 1, 9.0, {}, {SHOWN: (CurvePoint("1", 100.0, 20.0, 0.9, 0.1),)}, made.other_formats
    )
    assert gaps_to_formats(small, SHOWN) == {}
    with pytest.raises(LookupError, match="no format"):
        bytes_words(small)


def test_what_a_chart_leaves_out_is_said_with_where_its_lines_end() -> None:
    def curve(kind: str, known: str) -> tuple[CurvePoint, ...]:
        """A point per letter, of 1, 2, … bytes a pixel; x: measured."""
        return tuple(
            CurvePoint(f"{kind}{k}", 8.0 * k, ssim=0.5 if one == "x" else None) for k, one in enumerate(known, start=1)
        )

    def said(**others: str) -> str:
        curves = {name: curve("quality ", known) for name, known in others.items()}
        return unmeasured_words({"vq-4096": curve("", "..")}, curves, "ssim", "SSIM", 64.0)

    assert said() == said(jpeg="xxx") == "Not measured in SSIM yet: VQ-EMA 4096."
    assert said(jpeg="..") == "Not measured in SSIM yet: JPEG 4:2:0 and VQ-EMA 4096."
    assert said(jpeg="x.xx..").endswith(
        "Of JPEG 4:2:0 quality 2 and 5 to 6 are not measured in SSIM yet, so its line ends at 4.00 bpp, not at 6.00."
    )
    assert "Of JPEG 4:2:0 quality 2 is not measured in SSIM yet, so its line is drawn straight between" in said(
        jpeg="x.x"
    )
    ours = {"rfsq-4x1024-scale": curve("", "..xx"), "rfsq-2x2048-scale": curve("", "x."), "vq-4096": curve("", "x")}
    assert unmeasured_words(ours, {}, "ssim", "SSIM", 64.0) == (
        "Of RFSQ 4×1024 scale stages 1 to 2 are not measured in SSIM yet, so its line begins at 3.00 bpp, not at 1.00. "
        "Of RFSQ 2×2048 scale stage 2 is not measured in SSIM yet, so its line ends at 1.00 bpp, not at 2.00."
    )


def test_the_shipped_curves_hold_both_chromas_and_stand_in_the_readme(results: Results) -> None:
    shipped = load_curves()
    assert shipped is not None and set(shipped.other_formats) == {"jpeg", "jpeg-444", "webp", "avif", "avif-444"}
    words = " ".join(bytes_part(results).split())
    assert words.startswith("On average over 400 test photos") and "MB of weights and" in words
    assert "kB of count tables" in decoder_words(SHOWN)


@pytest.fixture()
def results(make_results) -> Results:  # type: ignore[no-untyped-def]
    made: Results = make_results({SHOWN: 32.0})
    return made
