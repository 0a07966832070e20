"""What the mean file sizes say: our files against those of other formats, in sentences computed from the curves."""

from __future__ import annotations

from collections.abc import Mapping

from rfsq.codec.entropy.tables import tables_path
from rfsq.codec.rate_distortion import score_at
from rfsq.evidence.file_curves import FileCurves
from rfsq.model.checkpoint import zoo_checkpoint
from rfsq.style.palette import label_of
from rfsq.style.wording import format_bytes, format_signed

SHOWN = "rfsq-4x1024-grouped"  # whose figures stand in the sentence


def gaps_to_formats(curves: FileCurves, name: str) -> dict[str, float]:
    """PSNR of a model with all its stages minus that of each format in a file as large, where its curve reaches so far."""
    last = curves.ours[name][-1]
    found = {}
    for other, points in curves.other_formats.items():
        score = score_at([point.at("psnr_db") for point in points], round(last.size))
        if score is not None:
            found[other] = last.psnr_db - score
    return found


def bytes_words(curves: FileCurves) -> str:
    """How our files stand to other formats' of the same size. Raises LookupError if the model shown was not weighed."""
    last = curves.ours[SHOWN][-1]
    gaps = gaps_to_formats(curves, SHOWN)
    if not gaps:
        raise LookupError(f"no format was measured at the size of {SHOWN}")
    beside = ", ".join(f"{format_signed(-gap, 1)} dB {label_of(other)}" for other, gap in gaps.items())
    return (
        f"On average over {curves.images} test photos of {curves.pixels_per_image:.0f} pixels the file of {label_of(SHOWN)} has "
        f"{format_bytes(last.size)} and {last.psnr_db:.1f} dB. In as many bytes other formats have {beside}. {_who_is_ahead(curves)}"
    )


def _who_is_ahead(curves: FileCurves) -> str:
    """Which of our models, with all stages, beat some format that was measured."""
    winners: dict[str, list[str]] = {other: [] for other in curves.other_formats}
    for name in curves.ours:
        for other, gap in gaps_to_formats(curves, name).items():
            if gap > 0:
                winners[other].append(name)
    beaten = {other: names for other, names in winners.items() if names}
    if not beaten:
        return "None of our models with all its stages is ahead of any of them."
    each = "; ".join(f"of {label_of(other)} {_listed(names, len(curves.ours))}" for other, names in beaten.items())
    behind = [label_of(other) for other in winners if other not in beaten]
    return f"Ahead is, with all stages, {each}." + (f" Of {', '.join(behind)} none is." if behind else "")


def _listed(names: list[str], count: int) -> str:
    return f"{', '.join(map(label_of, names[:4]))}{' and others' if len(names) > 4 else ''} ({len(names)} of {count})"


def decoder_words(name: str) -> str:
    """What must be there before a file can be decoded, and is in no file: "2.14 MB of weights and 28.6 kB of count tables"."""
    weights = zoo_checkpoint(name)
    sizes = {"weights": weights, "count tables": tables_path(weights)}
    present: Mapping[str, int] = {what: path.stat().st_size for what, path in sizes.items() if path.is_file()}
    return " and ".join(f"{format_bytes(size)} of {what}" for what, size in present.items())
