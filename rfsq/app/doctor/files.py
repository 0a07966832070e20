"""Files that a person brought: kept as bytes for the session, and read like a file on disk, with the same checks."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeVar

from rfsq.app.doctor.roles import Held
from rfsq.evidence.doctor.tensor_files import StoredTensor, TensorEntry, read_tensor, tensors_in
from rfsq.style.names import printable
from rfsq.style.wording import format_bytes

MOST_MB: Final = 100  # of all files together
MOST_FILES: Final = 6
_NAME_CHARS = 60

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class OwnFile:
    """One file, and what its header says that it holds."""

    name: str
    content: bytes
    entries: tuple[TensorEntry, ...]

    @property
    def held(self) -> list[Held]:
        return [Held(self.name, entry) for entry in self.entries]


def open_file(name: str, content: bytes) -> OwnFile:
    """Raises ValueError with one sentence for a file that cannot be used."""
    shown = printable(name.replace("\\", "/").rpartition("/")[2])
    shown = shown if len(shown) <= _NAME_CHARS else "…" + shown[1 - _NAME_CHARS :]
    entries = _on_disk(shown, content, tensors_in)
    if not entries:
        raise ValueError(f"{shown} holds no tensors")
    return OwnFile(shown, content, tuple(entries))


def with_files(files: Sequence[OwnFile], more: Sequence[OwnFile]) -> list[OwnFile]:
    """The files of a session with others; one of the same name takes the place of the one before. Raises ValueError for
    too many or too large ones."""
    kept = {file.name: file for file in (*files, *more)}
    if len(kept) > MOST_FILES:
        raise ValueError(f"{len(kept)} files are too many; {MOST_FILES} are the limit here")
    size = sum(len(file.content) for file in kept.values())
    if size > MOST_MB * 1_000_000:
        raise ValueError(
            f"together the files have {format_bytes(size)}; {MOST_MB} MB are the limit here, `rfsq doctor` takes larger ones"
        )
    return list(kept.values())


def stored(files: Sequence[OwnFile], held: Held | None) -> StoredTensor | None:
    """A tensor, read. Raises ValueError."""
    if held is None:
        return None
    [file] = [file for file in files if file.name == held.file]
    found = _on_disk(file.name, file.content, lambda path: read_tensor(path, held.entry.name))
    return replace(found, file=file.name)


def _on_disk(name: str, content: bytes, read: Callable[[Path], T]) -> T:
    with tempfile.TemporaryDirectory(prefix="rfsq-doctor-") as folder:
        suffix = Path(name).suffix
        path = Path(folder) / f"tensor{suffix if suffix in ('.npy', '.safetensors') else '.other'}"
        path.write_bytes(content)
        try:
            return read(path)
        except ValueError as error:
            raise ValueError(str(error).replace(path.name, name)) from error
