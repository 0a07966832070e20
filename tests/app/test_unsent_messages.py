"""A part of a page is drawn anew before all of the page was sent: everything comes after the block that it stands in."""

from __future__ import annotations

import runpy
from collections.abc import Iterator

import pytest
from paths import ROOT
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from rfsq.app.unsent_messages import keep_unsent_messages

STREAMLITS_OWN = ForwardMsgQueue.clear


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[ForwardMsgQueue]:
    monkeypatch.setattr(ForwardMsgQueue, "clear", STREAMLITS_OWN)  # as it was, afterwards
    yield ForwardMsgQueue()


def block(*path: int, part: str = "") -> ForwardMsg:
    message = ForwardMsg()
    message.metadata.delta_path.extend(path)
    message.delta.add_block.allow_empty = True
    message.delta.fragment_id = part
    return message


def text(*path: int, part: str = "", body: str = "text") -> ForwardMsg:
    message = ForwardMsg()
    message.metadata.delta_path.extend(path)
    message.delta.new_element.markdown.body = body
    message.delta.fragment_id = part
    return message


def known(*path: int) -> ForwardMsg:
    """A reference to an element that the browser has."""
    message = ForwardMsg(ref_hash="0123")
    message.metadata.delta_path.extend(path)
    return message


def drawn(queue: ForwardMsgQueue) -> None:
    """A page with a part, and in it a part of its own and an element that the browser has."""
    for message in (
        text(0, 0),
        block(0, 1, part="outer"),
        text(0, 1, 0, part="outer"),
        block(0, 1, 1, part="inner"),
        text(0, 1, 1, 0, part="inner"),
        known(0, 1, 2),
        text(0, 2),
    ):
        queue.enqueue(message)


def orphans(messages: list[ForwardMsg]) -> list[tuple[int, ...]]:
    """What comes before the block that it stands in, or leaves out a place."""
    count: dict[tuple[int, ...], int] = {(0,): 0}
    found = []
    for message in messages:
        *parent, place = message.metadata.delta_path
        if place > count.get(tuple(parent), -1):
            found.append((*parent, place))
            continue
        count[tuple(parent)] = max(count[tuple(parent)], place + 1)
        count.setdefault((*parent, place), 0)
    return found


def test_streamlit_itself_sends_children_without_their_block(queue: ForwardMsgQueue) -> None:
    """Where this fails, Streamlit has mended it, and our mend can go."""
    drawn(queue)
    queue.clear(True, ["outer"])
    assert orphans(queue.flush()) == [(0, 1, 1), (0, 1, 1, 0), (0, 1, 2), (0, 2)]


def test_everything_comes_after_its_block(queue: ForwardMsgQueue) -> None:
    keep_unsent_messages()
    drawn(queue)
    queue.clear(True, ["outer"])
    drawn(queue)  # anew
    sent = queue.flush()
    assert orphans(sent) == []
    assert len(sent) == 14, "nothing takes the place of a message of the run before"
    assert queue.is_empty()


def test_a_run_of_the_whole_page_drops_what_was_not_sent(queue: ForwardMsgQueue) -> None:
    keep_unsent_messages()
    drawn(queue)
    finished = ForwardMsg(script_finished=ForwardMsg.FINISHED_SUCCESSFULLY)
    queue.enqueue(finished)
    queue.clear(True)
    [left] = queue.flush()
    assert left.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN


def test_the_app_has_it(queue: ForwardMsgQueue) -> None:
    runpy.run_path(str(ROOT / "app.py"))
    drawn(queue)
    queue.clear(True, ["outer"])
    assert orphans(queue.flush()) == []
