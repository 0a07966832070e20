"""What the browser reports of a token is checked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rfsq.app.how_it_works import explorer
from rfsq.app.how_it_works.settings import TokenSettings
from rfsq.app.shared.browser import envelope


def test_a_report_of_the_browser_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    first, good = TokenSettings(), {"row": 2, "column": 3, "stage": 2, "channel": 1, "command": 5}
    for said, expected in (
        (good, replace(first, row=2, column=3, stage=2, channel=1)),
        (good | {"command": 4}, None),
        (good | {"row": -1}, None),
        (good | {"column": "3"}, None),
        (good | {"stage": True}, None),
        ("x", None),
    ):
        report = {"version": envelope.VERSION, **said} if isinstance(said, dict) else said
        monkeypatch.setattr(envelope.st, "session_state", {"how-explorer": {"report": report}})
        assert explorer.explorer_report(first, 5) == expected
