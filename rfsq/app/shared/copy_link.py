"""The "Copy link" button: a link that restores the view, and the page's own address kept in step with it."""

from __future__ import annotations

from rfsq.app.shared.browser.component import component
from rfsq.app.shared.talk_view import with_talk

_mount = component("rfsq_copy_link", "shared/copy_link.js", "shared/button.css", "shared/copy_link.css")


def copy_link(
    query: str,
    *,
    own_photo: bool = False,
    own_model: bool = False,
    own_tensors: bool = False,
    untouched: bool = False,
) -> None:
    """Draw the button. A reload restores the view too, because the address is replaced (without a step in history).

    query: what follows "?" in the link. own_photo, own_model, own_tensors: the view shows a person's own, which are not in
    a link.
    untouched: the view is the page's first one, which the bare address shows as well.
    """
    copied = "Link copied."
    if own_photo:
        copied += " Your own photo is not in it; the receiver sees the example."
    if own_model:
        copied += " Your own model is not in it, either." if own_photo else " Your own model is not in it."
    if own_tensors:
        copied += " Your own tensors are not in it; the receiver sees an example."
    _mount(key="copy_link", data={"query": with_talk(query), "copied": copied, "untouched": untouched})
