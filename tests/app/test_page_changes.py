"""A request for a part of a page that is on its way while another page is asked for: the other page stays as it is drawn."""

from __future__ import annotations

import asyncio
import runpy
from collections.abc import Sequence

from apart import apart
from paths import ROOT
from starlette.types import Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from rfsq.app.page_changes import PageChanges

STREAM = "/lab/_stcore/stream"
Said = BackMsg | ForwardMsg


def asks(page: str, part: str = "", *, controls: Sequence[str] = ()) -> BackMsg:
    """The browser asks for a page, or for a part of it, with the values of these controls."""
    message = BackMsg()
    message.rerun_script.page_script_hash, message.rerun_script.fragment_id = page, part
    for control in controls:
        message.rerun_script.widget_states.widgets.add(id=control)
    return message


def begins(page: str, *parts: str) -> ForwardMsg:
    """The server begins to draw a page, or parts of it."""
    message = ForwardMsg()
    message.new_session.page_script_hash = page
    message.metadata.run.fragment_ids.extend(parts)
    return message


def finds(page: str) -> ForwardMsg:
    """The server has found the page of an address."""
    message = ForwardMsg()
    message.navigation.page_script_hash = page
    return message


def passed(*talk: Said | bytes | str, path: str = STREAM) -> list[Said | bytes | str]:
    """What comes out at the other end of what browser and server say to each other, in the order of `talk`."""
    came: list[Said | bytes | str] = []

    async def server(scope: Scope, receive: Receive, send: Send) -> None:
        for said in talk:
            if isinstance(said, ForwardMsg):
                await send({"type": "websocket.send", "bytes": said.SerializeToString()})
            else:
                sent.append(said)
                sent.append("nothing more")  # so that receiving ends where a message is let go of
                while (message := await receive()).get("text") != "nothing more":
                    came.append(_read(message))

    async def receive() -> Message:
        said = sent.pop(0)
        raw = said.SerializeToString() if isinstance(said, BackMsg) else said
        return {"type": "websocket.receive", "text" if isinstance(raw, str) else "bytes": raw}

    async def send(message: Message) -> None:
        came.append(ForwardMsg.FromString(message["bytes"]))

    sent: list[Said | bytes | str] = []
    apart(asyncio.run, PageChanges(server)({"type": "websocket", "path": path}, receive, send))
    return came


def _read(message: Message) -> Said | bytes | str:
    if "text" in message:
        return str(message["text"])
    raw = bytes(message["bytes"])
    return raw if raw.startswith(b"\xff") else BackMsg.FromString(raw)


def test_a_part_is_drawn_while_its_page_stands() -> None:
    talk = (asks(""), begins("main"), finds("lab"), asks("lab", "part"), begins("lab", "part"), asks("lab", "part"))
    assert passed(*talk) == list(talk)
    again = (*talk, asks("lab"), asks("lab", "part"), begins("lab"), asks("lab", "part"))
    assert passed(*again) == list(again), "a page that is asked for once more is not left"


def test_what_a_page_says_that_was_left_does_not_arrive() -> None:
    opened = (asks(""), begins("main"), finds("lab"))
    late = (asks("lab", "part"), asks("lab", controls=["photo"]))
    change, there = (asks("compare"), begins("compare")), asks("compare", "part", controls=["preset"])
    assert passed(*opened, change[0], *late, change[1], *late, there) == [*opened, *change, there]


def test_a_page_that_leads_on_to_another_is_left_with_it() -> None:
    leads_on = (
        asks(""),
        begins("main"),
        finds("lab"),
        asks("alias"),
        begins("alias"),
        finds("alias"),
        begins("compare"),
    )
    there = (asks("compare", controls=["preset"]), asks("compare", "part"))
    assert passed(*leads_on, asks("lab", "part"), *there) == [*leads_on, *there]


def test_who_comes_back_at_once_is_not_away() -> None:
    opened = (asks(""), begins("main"), finds("lab"), asks("lab", controls=["photo", "of all pages"]))
    back = (asks("compare", controls=["of all pages"]), asks("lab", controls=["of all pages"]), asks("lab", "part"))
    assert passed(*opened, *back) == [*opened, *back]


def test_a_run_of_a_part_does_not_change_the_page() -> None:
    opened = (asks(""), begins("main"), finds("lab"), asks("lab", "part"), begins("compare"))
    assert passed(*opened, begins("lab", "part")) == [*opened, begins("compare", "part")]
    assert passed(*opened, finds("alias"), begins("alias", "part")) == [
        *opened,
        finds("alias"),
        begins("alias", "part"),
    ]
    assert passed(begins("lab", "part")) == [begins("lab", "part")], "a connection that came back knows no page"


def test_what_cannot_be_read_and_other_sockets_are_left_alone() -> None:
    opened = (asks(""), begins("main"), finds("lab"))
    unread = (b"\xff no message", "a text", BackMsg(clear_cache=True))
    assert passed(*opened, *unread) == [*opened, *unread]
    crossed = (*opened, asks("compare"), asks("lab", "part"))
    assert passed(*crossed, path="/lab/live-frames") == list(crossed)


def test_the_app_has_it() -> None:
    app = runpy.run_path(str(ROOT / "app.py"))["app"]
    assert PageChanges in [one.cls for one in app._user_middleware]
