"""Quantizers that the process was started with, on the page How it works: the same latent, and only what they answer."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from app_pages import open_at, run_until, texts

import rfsq.app.how_it_works.page as page_module
from rfsq.app.how_it_works.models import FIRST_STACK, NETWORK, conditioning_of, models_here, own_of, shares_network
from rfsq.app.shared.browser.envelope import unpack

pytestmark = pytest.mark.slow

Start = Callable[..., None]
STACK = FIRST_STACK.name_on(NETWORK)


Sent = list[tuple[bytes, bytes]]  # latents, and the way through a model


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """What the page hands to the browser."""
    messages: Sent = []
    show = page_module.show_explorer

    def record(latents: bytes, payload: bytes, **arguments: Any) -> None:
        messages.append((latents, payload))
        show(latents, payload, **arguments)

    monkeypatch.setattr(page_module, "show_explorer", record)
    return messages


def header_of(sent: Sent) -> dict[str, Any]:
    found: dict[str, Any] = unpack(sent[-1][1])[1]
    return found


def arrays_of(message: bytes) -> dict[str, np.ndarray]:
    _, header, body = unpack(message)
    numbers, found, at = zlib.decompress(body[: header["deflated"]]), {}, 0
    for entry in header["arrays"]:
        kind, count = np.dtype("<" + entry["type"]), int(np.prod(entry["shape"]))
        found[entry["name"]] = np.frombuffer(numbers, kind, count, at).reshape(entry["shape"])
        at += count * kind.itemsize
    return found


def shows(sent: Sent, name: str) -> Callable[[], bool]:
    return lambda: bool(sent) and header_of(sent)["model"].endswith(name)


def test_the_same_latent_goes_through_its_stages(start_with: Start, sent: Sent) -> None:
    start_with("TwoStages")
    page = open_at("how-it-works", model=f"{NETWORK}.own1-TwoStages", stage="2")
    run_until(page, shows(sent, "TwoStages"))
    header = header_of(sent)
    assert header["kind"] == "own" and header["same"] and header["label"] == "own TwoStages"
    assert len(header["stages"]) == 2 and header["state"]["stage"] == 2
    assert [stage["codebook"] for stage in header["stages"]] == [32, 32] and header["stages"][0]["levels"] == []
    assert "nothing to train" in header["told"] and not header["beside"]
    assert "Of own TwoStages only its answers are known" in texts(page)
    latents, codes = arrays_of(sent[-1][0])["latents"], arrays_of(sent[-1][1])["codes0"]
    assert codes.shape == latents.shape and len(np.unique(np.abs(codes).round(5))) == 1, "signs, times one number"
    assert ((codes > 0) == (latents > 0)).all()

    page.segmented_control(key="how-conditioning").set_value("none").run()
    assert header_of(sent)["model"] == STACK
    np.testing.assert_array_equal(arrays_of(sent[-1][0])["latents"], latents)
    page.segmented_control(key="how-own").set_value("TwoStages").run()
    assert header_of(sent)["model"].endswith("TwoStages"), "known by now"
    page.segmented_control(key="how-own").set_value(None).run()
    assert header_of(sent)["model"] == STACK, "the stack before it"
    page.segmented_control(key="how-own").set_value("TwoStages").run()
    page.segmented_control(key="how-mode").set_value("trained").run()
    assert not shares_network(header_of(sent)["model"])


def test_stages_that_nobody_can_tell_apart_are_one_and_the_page_says_why(start_with: Start, sent: Sent) -> None:
    start_with("Opaque")
    page = open_at("how-it-works", model=f"{NETWORK}.own1-Opaque", stage="2")
    run_until(page, shows(sent, "Opaque"))
    assert len(header_of(sent)["stages"]) == 1
    assert "with all its 2 indices: it has no decode that takes the first of its indices" in texts(page)
    assert "there is no stage 2" in texts(page)


def test_one_that_fails_says_so_and_another_choice_works(start_with: Start, sent: Sent) -> None:
    start_with("Raises")
    page = open_at("how-it-works", model=f"{NETWORK}.own1-Raises")
    run_until(page, lambda: "own Raises cannot be shown" in texts(page))
    assert "not these latents" in texts(page) and not sent
    page.segmented_control(key="how-conditioning").set_value("scale").run()
    assert conditioning_of(header_of(sent)["model"]) == "scale"


def test_a_link_names_no_quantizer_that_the_process_was_not_started_with(start_with: Start, sent: Sent) -> None:
    start_with("TwoStages")
    for asked in (f"{NETWORK}.own1-Evil", f"{NETWORK}.own2-TwoStages", "evil.py:Evil", "continuous-8.own1-TwoStages"):
        page = open_at("how-it-works", model=asked)
        assert "There is no model" in texts(page) and header_of(sent)["model"] == STACK
    start_with()
    page = open_at("how-it-works", model=f"{NETWORK}.own1-TwoStages")
    assert "There is no model" in texts(page)
    assert "how-own" not in [control.key for control in page.segmented_control]
    assert own_of(f"{NETWORK}.own1-TwoStages") is None and f"{NETWORK}.own1-TwoStages" not in models_here([NETWORK])
