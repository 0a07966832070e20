"""Files, folders, pipes, streams: what is read as bytes, and what is refused in which words.

Run: python -m pytest tests/photos/test_source.py
"""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
from photo_files import LOSSLESS, RANDOM, message

from rfsq.photos import source
from rfsq.photos.read import read_image

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # Pillow's remarks on the broken files made here


def test_path_text_stream_and_bytes_give_the_same_pixels(tmp_path: Path) -> None:
    file = tmp_path / "picture.png"
    file.write_bytes(LOSSLESS["png"])
    for given in (file, str(file), LOSSLESS["png"], io.BytesIO(LOSSLESS["png"])):
        np.testing.assert_array_equal(read_image(given), RANDOM)


def test_missing_folder_pipe_and_empty_files_each_have_their_sentence(tmp_path: Path) -> None:
    assert message(tmp_path / "none.png") == f"There is no file '{tmp_path / 'none.png'}'."
    assert message(tmp_path) == f"'{tmp_path}' is a folder, not a picture."
    os.mkfifo(tmp_path / "pipe")
    assert message(tmp_path / "pipe") == f"'{tmp_path / 'pipe'}' is not a regular file."
    (tmp_path / "empty.png").touch()
    assert message(tmp_path / "empty.png") == "This file is empty."
    assert message(b"") == "This file is empty."
    assert message("a\0b.png") == "'a\\x00b.png' is not a file name."
    assert message("a\x1b[2J\nb.png") == r"There is no file 'a\x1b[2J\nb.png'."
    assert message(os.fsdecode(b"caf\xe9.png")) == r"There is no file 'caf\xe9.png'."
    assert message("x" * 5000).endswith("cannot be opened: file name too long.")


def test_bytes_are_limited_for_files_streams_and_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    huge = tmp_path / "huge.png"
    huge.touch()
    os.truncate(huge, source.MAX_BYTES + 1)  # sparse: takes no space
    with monkeypatch.context() as patch:
        patch.delattr("builtins.open")  # refused by its size alone
        assert message(huge) == "This file has more than 512 MB, which is the limit."
    monkeypatch.setattr(source, "MAX_BYTES", 1000)
    for given in (LOSSLESS["png"], io.BytesIO(LOSSLESS["png"])):
        assert message(given).startswith("This file has more than")


def test_streams_that_cannot_be_read() -> None:
    closed = io.BytesIO(LOSSLESS["png"])
    closed.close()
    assert message(closed) == "This file could not be read to its end."
    with pytest.raises(TypeError, match="stream of bytes"):
        read_image(io.StringIO("text"))  # type: ignore[arg-type]
