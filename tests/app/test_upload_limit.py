"""Uploads are bounded: those of one visitor together, and what the server holds of all visitors."""

from __future__ import annotations

import asyncio
import runpy
from collections.abc import Sequence

import pytest
from apart import apart
from paths import ROOT
from starlette.types import Message, Receive, Scope, Send

from rfsq.app import upload_limit
from rfsq.app.upload_limit import UploadLimit


async def reader(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that reads the whole body, as Streamlit's does."""
    message = await receive()
    while message.get("more_body"):
        message = await receive()
    if message["type"] == "http.request":
        await send({"type": "http.response.start", "status": 204, "headers": []})


def put(limit: UploadLimit, session: str, parts: Sequence[int], *, length: int | None = None, path: str = "") -> int:
    """The status of an upload whose body comes in parts of these sizes. length: what the header says; None: nothing."""
    left = [
        {"type": "http.request", "body": b"x" * size, "more_body": number + 1 < len(parts)}
        for number, size in enumerate(parts)
    ]
    statuses: list[int] = []

    async def receive() -> Message:
        return left.pop(0)

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    headers = [] if length is None else [(b"content-length", str(length).encode())]
    path = path or f"/lab/_stcore/upload_file/{session}/7f"
    scope = {"type": "http", "method": "PUT", "path": path, "headers": headers}
    apart(asyncio.run, limit(scope, receive, send))
    assert len(statuses) == 1, "one answer"
    return statuses[0]


@pytest.fixture
def limit(monkeypatch: pytest.MonkeyPatch) -> UploadLimit:
    monkeypatch.setattr(upload_limit, "VIEWER_BYTES", 100)
    monkeypatch.setattr(upload_limit, "ALL_BYTES", 250)
    return UploadLimit(reader)


def test_one_visitor_may_upload_so_much_and_another_as_much_again(limit: UploadLimit) -> None:
    assert put(limit, "one", [40, 20], length=60) == 204
    assert put(limit, "one", [41], length=41) == 413
    assert put(limit, "one", [40], length=40) == 204, "what was refused does not count"
    assert put(limit, "one", [1], length=1) == 413
    assert put(limit, "two", [100], length=100) == 204


def test_a_request_that_says_no_length_or_a_wrong_one_is_counted_as_it_arrives(limit: UploadLimit) -> None:
    assert put(limit, "one", [60, 60, 60]) == 413
    assert put(limit, "two", [60, 60, 60], length=5) == 413


def test_what_is_held_of_all_is_bounded(limit: UploadLimit, monkeypatch: pytest.MonkeyPatch) -> None:
    held = [200]
    monkeypatch.setattr(upload_limit, "held_bytes", lambda: held[0])
    assert put(limit, "one", [50], length=50) == 204
    assert put(limit, "two", [51], length=51) == 503
    assert put(limit, "two", [30, 30]) == 503
    held[0] = 0  # sessions have ended
    assert put(limit, "two", [60], length=60) == 204
    assert limit._on_the_way == 0


def test_other_requests_are_left_alone(limit: UploadLimit) -> None:
    assert put(limit, "one", [999], length=999, path="/elsewhere") == 204


def test_the_app_has_it() -> None:
    app = runpy.run_path(str(ROOT / "app.py"))["app"]
    assert UploadLimit in [one.cls for one in app._user_middleware]
