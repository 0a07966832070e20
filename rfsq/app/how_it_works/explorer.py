"""The explorer: photo, maps and arithmetic of one token. It moves in the browser alone, and reports when it stops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rfsq.app.how_it_works.settings import TokenSettings
from rfsq.app.shared.browser.component import component
from rfsq.app.shared.browser.envelope import report

_KEY = "how-explorer"

_mount = component(
    "rfsq_token_explorer", "how_it_works/explorer.js", "shared/browser/part.css", "how_it_works/explorer.css"
)
_mount_latents = component("rfsq_token_latents", "how_it_works/latents.js")


def explorer_report(settings: TokenSettings, command: int) -> TokenSettings | None:
    """The settings with what the browser last said, checked: it comes from outside.

    None if it said nothing, or something older than our last command.
    """
    said = report(_KEY)
    if said is None or said.get("command") != command:
        return None
    row, column, stage, channel = (said.get(field) for field in ("row", "column", "stage", "channel"))
    if type(row) is not int or type(column) is not int or type(stage) is not int or type(channel) is not int:
        return None
    if min(row, column, channel) < 0 or stage < 1:
        return None
    return replace(settings, row=row, column=column, stage=stage, channel=channel)


def show_explorer(latents: bytes, payload: bytes, *, on_change: Callable[[], None]) -> None:
    """Draw it. The browser takes the token, stage and channel from the payload when its command is new.

    latents: the message that the payload names; Streamlit sends it to the browser once, as long as it stays the same.
    """
    _mount_latents(key=f"{_KEY}-latents", data=latents)
    _mount(key=_KEY, data=payload, on_report_change=on_change)
