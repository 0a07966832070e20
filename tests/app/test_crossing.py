"""What is on its way while a page changes the values of its controls itself does not change them back; choices count."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from rfsq.app.doctor.settings import OWN
from rfsq.app.shared.working_photo import OWN_PHOTO


@dataclass
class Upload:
    """A file as an uploader has it."""

    name: str
    content: bytes

    def getvalue(self) -> bytes:
        return self.content


def _strip() -> None:
    """The photo strip, and a photo that is brought."""
    import streamlit as st

    from rfsq.app.shared.photo_strip import bring_photo, photo_strip

    st.button("bring", key="act", on_click=lambda: bring_photo(st.session_state["file"], "mine.png"))
    photo_strip()


def _stack() -> None:
    """Levels and stages of a stack, which a button trades for others."""
    import streamlit as st

    from rfsq.app.compare.controls import controls
    from rfsq.app.compare.session import current_settings
    from rfsq.app.compare.stack_controls import _trade
    from rfsq.model.checkpoint import available_models

    st.button("trade", key="act", on_click=_trade, args=(16, 2))
    settings, choice = current_settings("cat", available_models())
    controls(settings, choice, available_models())


def _doctor() -> None:
    """The doctor's row of tensors, and files that are brought."""
    import streamlit as st

    from rfsq.app.doctor.controls import choose_tensors
    from rfsq.app.doctor.session import session, take_files

    st.button("upload", key="act", on_click=take_files, args=("files",))
    choose_tensors(session())


def _changed(script: Callable[[], None], mark: str, **values: object) -> tuple[AppTest, int]:
    """The page after it has changed its controls, and the number that the browser has until it reads of that."""
    page = AppTest.from_function(script, default_timeout=60).run()
    for key, value in values.items():
        page.session_state[key] = value
    before = int(page.number_input(key=mark).value or 0)
    page.button(key="act").click().run()
    assert not page.exception
    return page, before


def _says(page: AppTest, mark: str, known: int) -> None:
    """A message of a browser that knows no later number, with the values that were set on the page's controls."""
    page.number_input(key=mark).set_value(known)
    page.run()
    assert not page.exception


def test_a_photo_that_is_brought_stays_the_photo() -> None:
    file = io.BytesIO()
    Image.fromarray(np.zeros((64, 64, 3), np.uint8)).save(file, "png")
    page, known = _changed(_strip, "replaced-strip-photos", file=file)
    strip = page.segmented_control(key="photo")
    assert strip.value == OWN_PHOTO
    strip.set_value("cat")
    _says(page, "replaced-strip-photos", known)
    assert page.segmented_control(key="photo").value == OWN_PHOTO
    page.segmented_control(key="photo").set_value("cat").run()
    assert page.segmented_control(key="photo").value == "cat", "chosen by one who sees the own photo"


def test_a_stack_that_was_traded_for_the_same_bits_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RFSQ_CHECKPOINTS", raising=False)
    page, known = _changed(_stack, "replaced-compare-row")
    assert (page.select_slider(key="levels").value, page.slider(key="depth").value) == (16, 2)
    page.select_slider(key="levels").set_value(2)
    page.slider(key="depth").set_value(4)
    _says(page, "replaced-compare-row", known)
    assert (page.select_slider(key="levels").value, page.slider(key="depth").value) == (16, 2)


def test_files_that_are_brought_to_the_doctor_stay_the_tensors() -> None:
    file = io.BytesIO()
    np.save(file, np.arange(64).reshape(8, 8))
    page, known = _changed(_doctor, "replaced-doctor-choice", files=[Upload("indices.npy", file.getvalue())])
    row = page.segmented_control(key="doctor-example")
    assert row.value == OWN
    row.set_value("decay")
    _says(page, "replaced-doctor-choice", known)
    assert page.segmented_control(key="doctor-example").value == OWN
