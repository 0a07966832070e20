"""A folder of images to measure on: which files it has, which can be read, the pictures in batches, and its digest."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm

from rfsq.machine.folders import files_in
from rfsq.machine.processes import SINGLE_PROCESS, ProcessGroup
from rfsq.photos.errors import ImageError
from rfsq.photos.pixels import to_tensor
from rfsq.photos.read import IMAGE_SUFFIXES, read_image
from rfsq.style.names import printable


class EvaluationError(ValueError):
    """There is nothing to evaluate on; the message says why."""


def image_files(folder: Path, errors: dict[Path, str] | None = None) -> list[Path]:
    """The images of a folder and the folders in it (see `files_in`), sorted.

    Raises EvaluationError when there is none, or when a folder cannot be read; one further down becomes an entry of
    `errors` instead, if given: path -> reason.
    """
    if not folder.is_dir():
        raise EvaluationError(f"There is no folder {printable(folder)}.")

    def unreadable(path: Path, error: OSError) -> None:
        reason = (error.strerror or "unknown reason").lower()
        if errors is None or path == folder:
            raise EvaluationError(f"The folder {printable(path)} cannot be read: {reason}.") from error
        errors[path] = f"The folder cannot be read: {reason}."

    try:
        files = files_in(folder, IMAGE_SUFFIXES, unreadable)
    except OSError as error:
        unreadable(folder, error)
        raise
    if not files:
        raise EvaluationError(f"There are no images in {printable(folder)}.")
    return files


def readable_images(
    files: Sequence[Path], *, progress_bar: bool = False, processes: ProcessGroup = SINGLE_PROCESS
) -> tuple[list[Path], dict[Path, str]]:
    """The files that hold a picture, and why the others do not: every model is measured on the same.

    Each of several processes reads its share, and all return the same. Raises EvaluationError when there is no picture.
    """
    errors: dict[Path, str] = {}
    mine = files[processes.rank :: processes.size]
    for file in tqdm(
        mine,
        desc="reading",
        unit="file",
        disable=processes.rank > 0 or not progress_bar,
        dynamic_ncols=True,
        leave=False,
    ):
        try:
            read_image(file)
        except ImageError as error:
            errors[file] = str(error)
    for other in processes.gather_values(errors):
        errors |= other
    good = [file for file in files if file not in errors]
    if not good:
        first, reason = next(iter(errors.items()))
        raise EvaluationError(f"None of the {len(files)} images can be read; {printable(first.name)}: {reason}")
    return good, {file: errors[file] for file in files if file in errors}


def image_batches(files: Sequence[Path], batch_size: int) -> Iterator[Tensor]:
    """Images in order, (B, 3, H, W); a new batch starts whenever the size changes. Raises EvaluationError."""
    batch: list[Tensor] = []
    for file in files:
        try:
            image = to_tensor(read_image(file))
        except ImageError as error:
            raise EvaluationError(f"{printable(file.name)}: {error}") from error
        if batch and (len(batch) == batch_size or image.shape != batch[0].shape):
            yield torch.cat(batch)
            batch = []
        batch.append(image)
    if batch:
        yield torch.cat(batch)


def folder_digest(files: Sequence[Path]) -> str:
    """SHA-256 over the names and contents of the files, to say which pictures a score belongs to."""
    digest = hashlib.sha256()
    for file in files:
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        digest.update(os.fsencode(file.name) + f"\0{content}\n".encode())
    return digest.hexdigest()
