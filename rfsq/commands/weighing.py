"""What `results` does with files: make those of every model, stack and format, weigh them, and keep their curves.

The curves are written after each model and format, and what is known is not made again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import torch

from rfsq.codec.codec import Codec, compress, load_codec
from rfsq.codec.other_formats import FORMATS, FormatName, available_formats, base_of
from rfsq.codec.rate_distortion import RD_METRICS, RdMetric, stage_files
from rfsq.evidence.files.curves import (
    CurvePoint,
    Curves,
    FileCurves,
    GalleryCurves,
    PhotoCurves,
    curves_file,
    filled,
    gallery_file,
    load_curves,
    load_gallery_curves,
    missing_scores,
    write_curves,
)
from rfsq.evidence.files.measure import (
    LOW_QUALITIES,
    Networks,
    Wanted,
    format_files,
    format_means,
    format_photos,
    known_scores,
    lacking,
    model_photos,
    photo_curve,
    same_files,
    st_lpips_networks,
    with_sizes,
    zoo_means,
)
from rfsq.evidence.files.photos import FilePhotos, load_photos, means, photos_file, write_photos
from rfsq.evidence.low_rates.models import GOAL_MODELS, LOW_RATE_MODELS, LOW_RATE_STACKS, gallery_photos
from rfsq.evidence.results import Results
from rfsq.metrics.learned import BOTH_NETWORKS, ST_LPIPS_SCORES
from rfsq.model.checkpoint import CheckpointError, available_models
from rfsq.model.stack import parse_stack_name
from rfsq.model.zoo import ZOO
from rfsq.photos.gallery import load_example
from rfsq.photos.read import read_image
from rfsq.style.names import printable
from rfsq.style.palette import label_of

GALLERY_COMMAND = "python -m rfsq results --gallery"
SLOWEST: RdMetric = "st_lpips_vgg"  # measured last, and at low rates of every fourth test photo
GALLERY_SCORES: tuple[RdMetric, ...] = ("psnr_db", "st_lpips", "st_lpips_vgg")
EVERY: Wanted = {metric: 4 if metric == SLOWEST else 1 for metric in GALLERY_SCORES}
NOTHING = CurvePoint("nothing is known", 0.0)


def weighable(results: Results) -> list[str]:
    """Names of all that `weigh_test_photos` weighs: models of the results, stacks for low rates, other formats."""
    return [*_zoo_names(results), *LOW_RATE_MODELS, *LOW_RATE_STACKS, *available_formats()]


def _zoo_names(results: Results) -> list[str]:
    return [name for name in results.models if ZOO[name].quantized and name not in LOW_RATE_MODELS]


def weigh_test_photos(
    files: Sequence[Path],
    results: Results,
    networks: Networks,
    *,
    again: bool,
    only: Collection[str] | None = None,
) -> None:
    """Weigh the files of all models of the results, of the stacks for low rates, and of other formats.

    networks: by whose scores they are measured, beside those that need none. only: of those that are `weighable`; what is
    known of the others stays. again: what is known of these is made anew.
    Raises ValueError for one that is not weighable.
    """
    everything = weighable(results)
    if unknown := [name for name in only or () if name not in everything]:
        raise ValueError(f"no files of {printable(unknown[0])} are weighed on the test photos")
    chosen = everything if only is None else only
    photos = _weigh_low_rates(files, results, networks, chosen, again=again)
    known = load_curves()
    if known is None or known.folder_sha256 != results.folder_sha256:
        known = FileCurves("", "", "", 0, 0.0, {}, {}, {})
    anew = set(chosen) if again else set()
    zoo = _codecs(_zoo_names(results))
    ours = {
        name: filled(known.ours[name], known_scores(results.models[name].scores))
        for name, codec in zoo.items()
        if name not in anew and name in known.ours and known.files_of.get(name) == _made_with(codec)
    }
    others = {
        name: _with_known_scores(points, means(photos.other_formats.get(name, ())))
        for name, points in known.other_formats.items()
        if name not in anew
    }

    def keep() -> None:
        facts = (photos.command, photos.folder, photos.folder_sha256, photos.images, photos.pixels_per_image)
        files_of = {name: _made_with(zoo[name]) for name in zoo if name in ours} | dict(photos.files_of)
        curves = {name: ours[name] for name in zoo if name in ours}
        for name, points in photos.ours.items():
            more = known_scores(results.models[name].scores) if name in results.models else ()
            curves[name] = filled(means(points), more)
        formats: Curves = {name: others[name] for name in FORMATS if name in others}
        write_curves(FileCurves(*facts, files_of, curves, formats), curves_file())

    keep()
    for wanted in ([one for one in RD_METRICS if one != SLOWEST], list(RD_METRICS)):
        for other in available_formats():
            before = others.get(other, ())
            if other in chosen and missing_scores(before or (NOTHING,), _measurable(networks, wanted)):
                others[other] = format_means(files, other, networks, wanted, before)
                keep()
        for name, codec in zoo.items():
            if name in chosen:
                ours[name] = zoo_means(codec, files, results.models[name].scores, networks, ours.get(name, ()))
                keep()


def _with_known_scores(points: tuple[CurvePoint, ...], single: tuple[CurvePoint, ...]) -> tuple[CurvePoint, ...]:
    """Points with the scores that are known photo by photo; scores of files of another size are not those of these."""
    return filled(points, single) if same_files(points, single) else points


def _weigh_low_rates(
    files: Sequence[Path], results: Results, networks: Networks, chosen: Collection[str], *, again: bool
) -> FilePhotos:
    """Photo by photo: first what the goals for low rates are about, with what most programs write; then the others.

    The file is written after each model and format.
    """
    photos = load_photos()
    if photos is None or photos.folder_sha256 != results.folder_sha256:
        pixels = float(np.mean([np.prod(read_image(file).shape[:2]) for file in files]))
        photos = FilePhotos(results.command, results.folder, results.folder_sha256, len(files), pixels, {}, {}, {})
    if again:
        photos = photos.without(chosen)
    names = (*LOW_RATE_MODELS, *LOW_RATE_STACKS)
    codecs = _codecs(name for name in names if name in chosen)
    if SLOWEST in networks and photos.command != (command := f"{results.command} {BOTH_NETWORKS}"):
        photos = replace(photos, command=command)
        write_photos(photos, photos_file())
    every = {metric: EVERY[metric] for metric in _measurable(networks, list(EVERY))}
    quick = {metric: step for metric, step in every.items() if metric != SLOWEST}
    others = [name for name in names if name not in GOAL_MODELS]
    usual, rare = available_formats("4:2:0"), available_formats("4:4:4")
    for formats, models in ((usual, GOAL_MODELS), (rare, others)):
        for wanted in (quick, every):
            for other in formats:
                before = photos.other_formats.get(other, ())
                if other in chosen and lacking(before, wanted):
                    photos = photos.with_format(other, format_photos(files, other, networks, wanted, before))
                    write_photos(photos, photos_file())
            for name, codec in ((name, codecs[name]) for name in models if name in codecs):
                before, made = photos.ours.get(name, ()), photos.files_of.get(name)
                if not _same_pictures(made, codec):
                    before = ()
                elif made != _made_with(codec):
                    before = with_sizes(before, codec, files)
                    photos = photos.with_ours(name, _made_with(codec), before)
                    write_photos(photos, photos_file())
                if lacking(before, wanted):
                    found = model_photos(codec, files, networks, wanted, before)
                    photos = photos.with_ours(name, _made_with(codec), found)
                    write_photos(photos, photos_file())
    return photos


def weigh_gallery(device: torch.device, *, again: bool) -> None:
    """Weigh the files of the stacks and models for low rates, and of other formats, on the larger photos of the gallery."""
    known = None if again else load_gallery_curves()
    photos = {} if known is None else dict(known.photos)
    networks = st_lpips_networks(device)
    wanted = _measurable(networks, GALLERY_SCORES)

    def keep(photo: str, curves: PhotoCurves) -> None:
        photos[photo] = curves
        write_curves(GalleryCurves(GALLERY_COMMAND, photos), gallery_file())

    photo_names = gallery_photos()
    for name in photo_names:
        pixels = load_example(name)
        photos.setdefault(name, PhotoCurves(pixels.shape[0] * pixels.shape[1], {}, {}, {}))

    def weigh(others: Iterable[FormatName]) -> None:
        for other, name in product(others, photo_names):
            curves, pixels = photos[name], load_example(name)
            if missing_scores(curves.other_formats.get(other, (NOTHING,)), wanted):
                print(f"{name}: {label_of(other)}", flush=True)
                made = format_files(pixels, other, LOW_QUALITIES[base_of(other)])
                curve = photo_curve(pixels, made, networks, wanted)
                keep(name, replace(curves, other_formats={**curves.other_formats, other: curve}))

    weigh(available_formats("4:2:0"))
    codecs = _codecs((*LOW_RATE_MODELS, *LOW_RATE_STACKS))
    for (model, codec), name in product(codecs.items(), photo_names):
        curves, pixels = photos[name], load_example(name)
        if (made := curves.files_of.get(model)) != _made_with(codec):
            print(f"{name}: {label_of(model)}", flush=True)
            if _same_pictures(made, codec):
                sizes = compress(codec, pixels).sizes
                curve = tuple(
                    replace(point, size=float(size)) for point, size in zip(curves.ours[model], sizes, strict=True)
                )
            else:
                curve = photo_curve(pixels, stage_files(codec, pixels), networks, wanted)
            found = {**curves.ours, model: curve}
            files_of = {**curves.files_of, model: _made_with(codec)}
            ours = {one: found[one] for one in codecs if one in found}
            keep(name, replace(curves, files_of=files_of, ours=ours))
    weigh(available_formats("4:4:4"))


def _codecs(names: Iterable[str]) -> dict[str, Codec]:
    """Those whose networks are here."""
    found = {}
    here = available_models()
    for name in names:
        stack = parse_stack_name(name)
        if (stack[0] if stack else name) not in here:
            continue
        try:
            found[name] = load_codec(name)
        except CheckpointError as error:
            print(f"No files of {name}: {error}")
    return found


def _made_with(codec: Codec) -> str:
    return f"{codec.weights_sha256}/{codec.tables.crc if codec.tables is not None else 0}"


def _same_pictures(made: str | None, codec: Codec) -> bool:
    """Whether files that were made with these weights hold the pictures of this codec; other tables change only sizes."""
    return made is not None and made.partition("/")[0] == codec.weights_sha256


def _measurable(networks: Networks, scores: Sequence[RdMetric]) -> list[RdMetric]:
    return [metric for metric in scores if metric not in ST_LPIPS_SCORES or metric in networks]
