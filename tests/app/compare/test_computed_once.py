"""One run of the Compare page computes its settings once; a photo is resized, converted and encoded once in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from app_pages import open_app
from PIL import Image

from rfsq.app.compare import page as page_module, session
from rfsq.app.shared import measured_scores, photo_strip, reconstructions, working_photo
from rfsq.app.shared.bounded import BoundedCache
from rfsq.app.shared.store import store
from rfsq.app.viewer import pictures
from rfsq.evidence import comparison
from rfsq.photos.gallery import load_example
from rfsq.photos.pixels import fit_within


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each of the counted functions was called; pictures by their content."""
    counted: Counter[str] = Counter()
    cat = fit_within(load_example("cat"), 128)

    def count(module: object, name: str, label: Callable[..., str | None]) -> None:
        original = getattr(module, name)

        def counting(*values: Any, **named: Any) -> Any:
            if (key := label(*values)) is not None:
                counted[key] += 1
            return original(*values, **named)

        monkeypatch.setattr(module, name, counting)

    def photo_alone(pixels: np.ndarray) -> str | None:
        return "photo to tensor" if np.array_equal(pixels, cat) else None

    def file_of(image: Image.Image) -> str:
        return f"encode {hash(image.tobytes())}"

    count(page_module, "current_settings", lambda *_: "runs")
    count(session, "choose", lambda *_: "choose")
    count(session, "Settings", lambda *_: "settings")
    count(working_photo, "fit_within", lambda *_: "resize")
    for module in (working_photo, reconstructions, measured_scores, comparison):
        count(module, "to_tensor", photo_alone)
    count(pictures, "encode_lossless", file_of)
    count(working_photo, "checkpoint_of", lambda name, *_: f"look up {name}")
    count(photo_strip, "_thumbnail_url", lambda *_: "thumbnail")
    photo_strip._example_labels()  # thumbnails of the examples are made once for a process
    counted.clear()
    store.cache_clear()
    monkeypatch.setattr(pictures, "_ENCODED", BoundedCache(pictures.CACHE_BYTES))
    return counted


def test_a_run_computes_its_settings_once(calls: Counter[str]) -> None:
    page = open_app()
    assert calls["runs"] in (2, 3), "the pictures, those of other stages, the scores; the last two may come together"
    assert calls["choose"] == calls["settings"] == calls["runs"]
    calls.clear()
    page.segmented_control(key="strategy-conditioning").set_value("scale").run()
    assert calls["runs"] == calls["choose"] == calls["settings"] == 1
    calls.clear()
    page.segmented_control(key="strategy-conditioning").set_value("all").run()
    lookups = {key: times for key, times in calls.items() if key.startswith("look up")}
    assert calls["runs"] == 1 and len(lookups) >= 3 and set(lookups.values()) == {1}, "each model once in a known run"


def test_a_photo_is_resized_converted_and_encoded_once_for_all_models(calls: Counter[str]) -> None:
    page = open_app()
    assert calls["resize"] == calls["photo to tensor"] == 1
    encoded = {key: times for key, times in calls.items() if key.startswith("encode")}
    assert set(encoded.values()) == {1} and len(encoded) == 1 + 3 * (4 + 1) + 3, "photo, stages with 0, error maps"
    calls.clear()
    for strategy in ("geometric", "all", "none"):
        page.segmented_control(key="strategy-conditioning").set_value(strategy).run()
    assert calls["resize"] == calls["photo to tensor"] == calls["thumbnail"] == 0
    assert all(times == 1 for key, times in calls.items() if key.startswith("encode"))
