"""What the commands of the codec share: one file or a folder of them, and where each result goes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

SUFFIX = ".rfsq"


@dataclass(frozen=True)
class Job:
    """One file to read and one to write."""

    source: Path
    out: Path


def source_files(source: Path, suffixes: Collection[str]) -> list[Path]:
    """The file itself, or all files with these suffixes in a folder and the folders in it.

    Raises ValueError when there is nothing.
    """
    if not source.is_dir():
        if not source.exists():
            raise ValueError(f"there is no file or folder {source}")
        return [source]
    files = sorted(path for path in source.rglob("*") if path.suffix.lower() in suffixes and path.is_file())
    if not files:
        raise ValueError(f"there is nothing to do in {source}: no file ends in {', '.join(suffixes)}")
    return files


def jobs(source: Path, out: Path, suffixes: Collection[str], new_suffix: str) -> list[Job]:
    """A file goes to `out`; the files of a folder go to the folder `out`, under their names with `new_suffix`.

    Raises ValueError when there is nothing to do, or two files of a folder would become one.
    """
    files = source_files(source, suffixes)
    if not source.is_dir():
        return [Job(source, out)]
    found: dict[Path, Path] = {}
    for file in files:
        target = out / file.relative_to(source).with_suffix(new_suffix)
        if target in found:
            raise ValueError(f"{found[target].name} and {file.name} would both become {target.name}")
        found[target] = file
    return [Job(file, target) for target, file in found.items()]


def progress(jobs: Sequence[Job], what: str) -> tqdm:
    """The jobs, with a progress bar when there are several."""
    return tqdm(jobs, desc=what, unit="file", disable=len(jobs) < 2, dynamic_ncols=True)
