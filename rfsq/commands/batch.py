"""What the commands of the codec share: one file or a folder of them, where each result goes, and which went wrong."""

from __future__ import annotations

import io
import os
import stat
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence, Sized
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from tqdm import tqdm

from rfsq.codec.bitstream import BitstreamError
from rfsq.commands.terminal import STANDARD_INPUT, sentence
from rfsq.machine.folders import files_in
from rfsq.photos.source import MAX_BYTES
from rfsq.style.names import printable

SUFFIX = ".rfsq"

Record = dict[str, Any]


@dataclass(frozen=True)
class Sources:
    """The files that a command is to read, and what of a folder could not even be looked at: path -> reason."""

    files: tuple[Path, ...]
    errors: dict[Path, str]


def source_files(source: Path, suffixes: Collection[str]) -> Sources:
    """The file itself, or all files with these suffixes in a folder and the folders in it (see `files_in`).

    Raises ValueError when there is nothing, OSError for a folder that cannot be read.
    """
    if not source.is_dir():
        if source != STANDARD_INPUT and not source.exists():
            raise ValueError(f"There is no file or folder '{printable(source)}'.")
        return Sources((source,), {})
    errors: dict[Path, str] = {}
    files = files_in(source, suffixes, lambda folder, error: errors.__setitem__(folder, sentence(error)))
    if not files and not errors:
        raise ValueError(f"There is nothing to do in '{printable(source)}': no file ends in {', '.join(suffixes)}.")
    return Sources(tuple(files), errors)


def results_of(source: Path, files: Sequence[Path], out: Path, new_suffix: str) -> dict[Path, Path]:
    """File -> where its result goes. A file goes to `out`; the files of a folder go to the folder `out`, under their names
    with `new_suffix`.

    Where two names would become one (a.jpg and a.png), both stay whole: a.jpg.rfsq and a.png.rfsq. Raises ValueError
    for a folder whose `out` is a file.
    """
    if not source.is_dir():
        return {source: out}
    if out.exists() and not out.is_dir():
        raise ValueError(f"'{printable(out)}' is a file; what is made of a folder needs a folder.")
    places = {file: out / file.relative_to(source) for file in files}
    results = {file: place.with_suffix(new_suffix) for file, place in places.items()}
    while twice := {result for result, count in Counter(results.values()).items() if count > 1}:
        # A whole name may in turn be what another file's name becomes; then that one stays whole, too.
        results = {
            file: places[file].with_name(file.name + new_suffix) if result in twice else result
            for file, result in results.items()
        }
    return results


def run_all(command: str, files: Sequence[Path], do: Callable[[Path], Record]) -> tuple[list[Record], dict[Path, str]]:
    """What `do` returns for each of the files, and why it could not for the others: file -> sentence.

    A file that cannot be read, or its result not written, does not keep the others from it. With a progress bar if there
    are several. Raises BrokenPipeError when nobody reads the results any more.
    """
    done: list[Record] = []
    errors: dict[Path, str] = {}
    for file in tqdm(files, desc=command, unit="file", disable=len(files) < 2, dynamic_ncols=True):
        try:
            done.append(do(file))
        except BrokenPipeError:
            raise
        except (ValueError, OSError) as error:
            errors[file] = sentence(error)
        except (MemoryError, RuntimeError) as error:
            if isinstance(error, RuntimeError) and "memory" not in str(error):  # torch has no class for this on the CPU
                raise
            errors[file] = "There is not enough memory for it."
    return done, errors


def report_errors(command: str, errors: Mapping[Path, str], folder: Path | None = None) -> None:
    """One line on standard error for each file that went wrong, by its place in `folder`."""
    for file, reason in errors.items():
        print(f"rfsq {command}: {printable(_place(file, folder))}: {printable(reason)}", file=sys.stderr)


def error_records(errors: Mapping[Path, str]) -> list[dict[str, str]]:
    """The same for JSON."""
    return [{"file": str(file), "error": reason} for file, reason in errors.items()]


def exit_code(done: Sized, errors: Sized) -> int:
    """0: all is done; 1: some of it; 2: nothing."""
    return 0 if not errors else 1 if done else 2


def _place(file: Path, folder: Path | None) -> Path | str:
    return (
        file.relative_to(folder) if folder is not None and file.is_relative_to(folder) and file != folder else file.name
    )


@contextmanager
def opened(path: Path) -> Iterator[tuple[BinaryIO, int]]:
    """A file to read and its size in bytes. What comes from a pipe, a device or standard input is read whole first.

    Raises OSError, or ValueError for more than MAX_BYTES from a pipe.
    """
    if path != STANDARD_INPUT and stat.S_ISREG(os.stat(path).st_mode):
        with path.open("rb") as file:
            yield file, os.fstat(file.fileno()).st_size
        return
    if path == STANDARD_INPUT:
        if sys.stdin is None:
            raise ValueError("Standard input is closed.")
        content = sys.stdin.buffer.read(MAX_BYTES + 1)
    else:
        with path.open("rb") as pipe:
            content = pipe.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ValueError(f"More than {MAX_BYTES // 10**6} MB came, which is the limit.")
    yield io.BytesIO(content), len(content)


@contextmanager
def whole_stages_named() -> Iterator[None]:
    """Reading a file: the error of one that is broken says which of its stages are whole, and how they are read."""
    try:
        yield
    except BitstreamError as error:
        raise BitstreamError(broken_words(error), error.whole) from error


def broken_words(error: BitstreamError) -> str:
    """What is broken, and what helps."""
    if not error.whole:
        return str(error)
    stages = "stage 1 is" if error.whole == 1 else f"stages 1–{error.whole} are"
    return f"{str(error).removesuffix('.')}; {stages} whole: `rfsq decompress --stages {error.whole}`."


def picture_source(path: Path) -> Path | bytes:
    """What `read_image` takes: the path of a file, or what came from a pipe, a device or standard input."""
    if path != STANDARD_INPUT and (path.is_file() or path.is_dir() or not path.exists()):
        return path
    with opened(path) as (stream, _):
        return stream.read()
