"""What `results` does with files: make those of every model, stack and format, weigh them, and keep their curves.

The curves are written after each model and format, and what is known is not made again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import torch

from rfsq.codec.codec import Codec, load_codec
from rfsq.codec.other_formats import FORMATS, FormatName, available_formats, base_of
from rfsq.codec.rate_distortion import RD_METRICS, RdMetric, stage_files
from rfsq.evidence.file_curves import (
    CurvePoint,
    FileCurves,
    GalleryCurves,
    PhotoCurves,
    curves_file,
    gallery_file,
    load_curves,
    load_gallery_curves,
    missing_scores,
    write_curves,
)
from rfsq.evidence.file_measure import (
    LOW_QUALITIES,
    Networks,
    format_files,
    format_means,
    model_sizes,
    photo_curve,
    st_lpips_networks,
    stack_means,
    with_known_scores,
)
from rfsq.evidence.low_rates import LOW_RATE_MODELS, LOW_RATE_STACKS, gallery_photos
from rfsq.evidence.results import Results
from rfsq.metrics.learned import ST_LPIPS_SCORES
from rfsq.model.checkpoint import CheckpointError, available_models
from rfsq.model.stack import parse_stack_name
from rfsq.model.zoo import ZOO
from rfsq.photos.gallery import load_example
from rfsq.photos.read import read_image
from rfsq.style.palette import label_of

GALLERY_COMMAND = "python -m rfsq results --gallery"
SLOWEST: RdMetric = "st_lpips_vgg"  # of all photos and formats it is measured last
GALLERY_SCORES: tuple[RdMetric, ...] = ("psnr_db", "st_lpips", "st_lpips_vgg")
NOTHING = CurvePoint("nothing is known", 0.0)


def weigh_test_photos(files: Sequence[Path], results: Results, device: torch.device, *, again: bool) -> None:
    """Weigh the files of all models of the results, of the stacks for low rates, and of other formats."""
    known = load_curves()
    if known is not None and (known.folder_sha256 != results.folder_sha256 or again):
        known = None
    pixels = float(np.mean([np.prod(read_image(file).shape[:2]) for file in files]))
    names = [name for name in results.models if ZOO[name].quantized]
    kept = {} if known is None else dict(known.ours)
    curves = FileCurves(
        results.command,
        results.folder,
        results.folder_sha256,
        len(files),
        pixels,
        {} if known is None else {name: made for name, made in known.files_of.items() if name in kept},
        {name: kept[name] for name in (*names, *LOW_RATE_STACKS) if name in kept},
        {} if known is None else known.other_formats,
    )
    networks = st_lpips_networks(device)
    for wanted in ([one for one in RD_METRICS if one != SLOWEST], list(RD_METRICS)):
        for other in available_formats():
            before = curves.other_formats.get(other, ())
            if not missing_scores(before or (NOTHING,), _measurable(networks, wanted)):
                continue
            found = {**curves.other_formats, other: format_means(files, other, networks, wanted, before)}
            curves = replace(curves, other_formats={name: found[name] for name in FORMATS if name in found})
            write_curves(curves, curves_file())
    for name, codec in _codecs((*names, *LOW_RATE_STACKS)).items():
        curve: Sequence[CurvePoint] = curves.ours.get(name, ())
        if curves.files_of.get(name) != _made_with(codec):
            curve = model_sizes(codec, files) if name in names else stack_means(codec, files, networks)
        if name in names:
            curve = with_known_scores(curve, results.models[name].scores)
        curves = replace(
            curves, files_of={**curves.files_of, name: _made_with(codec)}, ours={**curves.ours, name: tuple(curve)}
        )
        write_curves(curves, curves_file())


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
        if curves.files_of.get(model) != _made_with(codec):
            print(f"{name}: {label_of(model)}", flush=True)
            found = {**curves.ours, model: photo_curve(pixels, stage_files(codec, pixels), networks, wanted)}
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


def _measurable(networks: Networks, scores: Sequence[RdMetric]) -> list[RdMetric]:
    return [metric for metric in scores if metric not in ST_LPIPS_SCORES or metric in networks]
