"""The Compare page as the tests of .rfsq files drive it: what it hands to the viewer and to the download buttons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from app_pages import run_at
from streamlit.testing.v1 import AppTest

from rfsq.app.compare import panels, save_files
from rfsq.app.routes import SCRIPT
from rfsq.app.viewer import Method
from rfsq.codec.codec import compress, load_codec
from rfsq.photos.gallery import load_example
from rfsq.photos.pixels import fit_within

MODELS = ("vq-4096", "rfsq-4x1024-none", "rfsq-4x1024-scale", "rfsq-4x1024-layernorm", "continuous-5")


@dataclass
class Offer:
    """One download button of the last run."""

    label: str
    data: bytes | Callable[[], bytes]
    file_name: str


class Page:
    """The page, with what it handed to the viewer and to the buttons in the popover."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.methods: list[Method] = []
        self.offers: dict[str, Offer] = {}
        viewer, button = panels.show_viewer, save_files.st.download_button

        def show(original: np.ndarray, methods: list[Method], **arguments: object) -> object:
            self.original, self.methods, self.notice = original, list(methods), arguments["notice"]
            return viewer(original, methods, **arguments)  # type: ignore[arg-type]

        def offer(label: str, data: bytes, *, file_name: str, key: str, **options: object) -> object:
            if key.startswith("file-"):
                self.offers[key] = Offer(label, data, file_name)
            return button(label, data, file_name=file_name, key=key, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(panels, "show_viewer", show)
        monkeypatch.setattr(save_files.st, "download_button", offer)

    def open(self, box: bool = True, **query: str) -> AppTest:
        """The Compare page of an address, with the popover open or shut."""
        page = AppTest.from_file(str(SCRIPT), default_timeout=120)
        if box:
            page.session_state["files_open"] = True
        return run_at(page, **({"size": "128"} | query))


def file_of(name: str, side: int = 64, stages: int | None = None) -> bytes:
    return compress(load_codec(name), fit_within(load_example("coffee"), side), stages).data
