"""Runs of a session, in Streamlit's own runtime: the next one begins at the top of the page, and after the last message of the one
before. Where a test of what Streamlit itself does fails, Streamlit has mended it, and that part of our mend can go.
"""

from __future__ import annotations

import asyncio
import gc
import runpy
import sys
import threading
import tomllib
import types
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from apart import apart
from paths import ROOT
from streamlit import config
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import Runtime, RuntimeConfig
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext
from streamlit.runtime.state import SafeSessionState, SessionState

from rfsq.app.run_order import keep_runs_in_order

STREAMLITS_OWN = ScriptRunContext.reset, AppSession._create_scriptrunner
Text = tuple[tuple[int, ...], str]
Course = Callable[["Browser"], Coroutine[Any, Any, list[Text]]]

PAGE = """
import streamlit as st
import ended_runs

@st.fragment
def part():
    st.text("of the part")
    ended_runs.parts += 1

st.text("first of the page")
with st.container():
    part()
st.text("last of the page")
ended_runs.pages += 1
"""
OF_PART = ((0, 1, 0, 0), "of the part")
OF_PAGE = [((0, 0), "first of the page"), OF_PART, ((0, 2), "last of the page")]


class Browser:
    """What a browser asks a session of Streamlit's runtime for, and what it is told."""

    client_context = None

    def __init__(self, runtime: Runtime, ended: types.ModuleType) -> None:
        self._runtime, self._ended = runtime, ended
        self._told: list[ForwardMsg] = []
        self._id = runtime.connect_session(self, {})
        self.part = ""

    def write_forward_msg(self, message: ForwardMsg) -> None:
        """As Streamlit's SessionClient says."""
        self._told.append(message)
        self.part = message.delta.fragment_id or self.part

    def asks(self, part: str = "") -> None:
        """For the page, or for a part of it."""
        message = BackMsg()
        message.rerun_script.fragment_id = part
        self._runtime.handle_backmsg(self._id, message)

    async def texts(self, *, pages: int, parts: int) -> list[Text]:
        """The texts that it was told since the last time, with their places, when so many runs have ended in all and there is
        nothing more to say."""
        session = self._runtime.get_app_session(self._id)
        assert session is not None
        while (
            (self._ended.pages, self._ended.parts) != (pages, parts)
            or session._scriptrunner is not None
            or not session._browser_queue.is_empty()
        ):
            await asyncio.sleep(0.01)
        told, self._told = self._told, []
        return [(tuple(one.metadata.delta_path), one.delta.new_element.text.body) for one in told if _is_text(one)]


def _is_text(message: ForwardMsg) -> bool:
    return message.delta.new_element.WhichOneof("type") == "text"


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Course], list[Text]]]:
    """Call it with what a browser does: it returns what that found, in a runtime where runs wait for each other."""
    monkeypatch.setattr(ScriptRunContext, "reset", STREAMLITS_OWN[0])  # as they were, afterwards
    monkeypatch.setattr(AppSession, "_create_scriptrunner", STREAMLITS_OWN[1])
    ended = types.ModuleType("ended_runs")
    ended.pages = ended.parts = 0  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "ended_runs", ended)
    (tmp_path / "page.py").write_text(PAGE)
    monkeypatch.setattr(Runtime, "_instance", None)
    before = config.get_option("runner.fastReruns"), config.get_option("server.fileWatcherType")

    async def follow(browser_does: Course) -> list[Text]:
        files = MemoryMediaFileStorage("/media")
        runtime = Runtime(RuntimeConfig(str(tmp_path / "page.py"), files, MemoryUploadedFileManager("/upload")))
        await runtime.start()
        try:
            browser = Browser(runtime, ended)
            browser.asks()
            assert await browser.texts(pages=1, parts=1) == OF_PAGE
            return await browser_does(browser)
        finally:
            runtime.stop()
            await runtime.stopped

    config.set_option("runner.fastReruns", False)
    config.set_option("server.fileWatcherType", "none")
    yield lambda browser_does: apart(asyncio.run, follow(browser_does))
    config.set_option("runner.fastReruns", before[0])
    config.set_option("server.fileWatcherType", before[1])


async def page_as_a_part_ends(browser: Browser) -> list[Text]:
    """The page is asked for when all of a part is drawn, while its thread tidies up."""
    tidies, may_end = threading.Event(), threading.Event()

    def hold(phase: str, about: dict[str, int]) -> None:
        if about["generation"] == 2 and threading.current_thread().name.startswith("ScriptRunner"):
            tidies.set()
            may_end.wait()

    gc.callbacks.append(hold)
    try:
        browser.asks(browser.part)
        while not tidies.is_set():
            await asyncio.sleep(0.01)
        browser.asks()
        may_end.set()
        return await browser.texts(pages=2, parts=3)
    finally:
        gc.callbacks.remove(hold)


async def part_as_the_page_ends(browser: Browser) -> list[Text]:
    """A part is asked for when the thread of the page has ended and the session has not heard of it yet."""
    browser.asks()
    for thread in threading.enumerate():
        if thread.name.startswith("ScriptRunner"):
            thread.join()  # and nobody else has a turn
    browser.asks(browser.part)
    return await browser.texts(pages=2, parts=3)


def test_streamlit_itself_draws_a_page_into_the_place_of_a_part(course: Callable[[Course], list[Text]]) -> None:
    beside_the_part = [((0, 1, place[1] + 1, *place[2:]), text) for place, text in OF_PAGE]
    assert course(page_as_a_part_ends) == [OF_PART, *beside_the_part]


def test_streamlit_itself_loses_the_end_of_a_page(course: Callable[[Course], list[Text]]) -> None:
    assert course(part_as_the_page_ends) == [OF_PART]


@pytest.mark.parametrize(
    ("browser_does", "comes"),
    [(page_as_a_part_ends, [OF_PART, *OF_PAGE]), (part_as_the_page_ends, [*OF_PAGE, OF_PART])],
)
def test_each_run_is_drawn_in_its_place_and_in_its_turn(
    course: Callable[[Course], list[Text]], browser_does: Course, comes: list[Text]
) -> None:
    keep_runs_in_order()
    assert course(browser_does) == comes


def test_the_app_has_it_and_needs_it(course: Callable[[Course], list[Text]]) -> None:
    assert tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["runner"]["fastReruns"] is False
    state = SessionState()
    first, second = (
        SafeSessionState(state, lambda: None) for _ in range(2)
    )  # as each run in a thread of its own has one
    assert first._lock is not second._lock, "Streamlit can run two at a time by now: fastReruns may be on again"
    runpy.run_path(str(ROOT / "app.py"))
    assert course(page_as_a_part_ends) == [OF_PART, *OF_PAGE]
