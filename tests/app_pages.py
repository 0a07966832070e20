"""Pages of the app without a browser, for the tests in tests/app: opened by address, and what stands on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import torch
from paths import ROOT
from streamlit.testing.v1 import AppTest

from rfsq.model.checkpoint import save_checkpoint
from rfsq.model.model import QuantizedAutoencoder
from rfsq.model.zoo import ZOO


def tiny_model(name: str) -> QuantizedAutoencoder:
    """The model of this name with 8 hidden channels, untrained: it says nothing about quality."""
    with torch.random.fork_rng():
        torch.manual_seed(sum(map(ord, name)))
        model = QuantizedAutoencoder(replace(ZOO[name], hidden=(8, 8))).eval()
        with torch.no_grad():
            for parameter in model.encoder.parameters():
                parameter.mul_(3)  # so that an untrained encoder's latents reach beyond one code
    return model


def save_tiny_models(folder: Path, names: Iterable[str] = tuple(ZOO)) -> Path:
    """Write a tiny model for each name; returns the folder."""
    for name in names:
        save_checkpoint(tiny_model(name), folder / f"{name}.safetensors", training={"note": "untrained, for tests"})
    return folder


def open_app(*, small: bool = True, **query: str) -> AppTest:
    """The Compare page of the whole app, at an address with these values; `small`: and with small pictures."""
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    for key, value in (({"size": "128"} if small else {}) | query).items():
        page.query_params[key] = value
    page.run()
    assert not page.exception
    return page


def texts(page: AppTest) -> str:
    """All captions, notes, warnings and errors, a line each."""
    return "\n".join(str(element.value) for element in [*page.caption, *page.info, *page.warning, *page.error])
