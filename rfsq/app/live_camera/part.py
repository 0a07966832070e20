"""What the browser draws of the page, and the one message that it gets: which models there are, what is chosen, a photo."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Final

from rfsq.app.live_camera.offered import MODES, Mode, offer
from rfsq.app.live_camera.session import LIVE, LiveSession, take_frame, take_report
from rfsq.app.shared.browser.component import component
from rfsq.app.shared.browser.envelope import pack
from rfsq.app.shared.store import store
from rfsq.app.shared.talk_view import talking
from rfsq.app.shared.working_photo import ChosenPhoto
from rfsq.photos.pixels import fit_within
from rfsq.photos.write import encode_jpeg
from rfsq.style.palette import style_of

_PHOTO_SIDE: Final = 1024  # pixels of the longer side of the photo that moves where there is no camera
_PHOTO_QUALITY: Final = 90

_mount = component(
    "rfsq_live_camera", "live_camera/live.js", "shared/browser/part.css", "viewer/divider.css", "live_camera/live.css"
)


def show_live(memory: LiveSession, modes: tuple[Mode, ...], photo: ChosenPhoto) -> None:
    """Draw it. The browser takes over what is chosen when the message's command is new."""
    header = {
        "command": memory.command,
        "chosen": asdict(memory.told),
        "modes": {mode: _mode(mode, memory) for mode in modes},
        "photo": photo.title,
        "large": talking(),
    }
    file = store().get(("moving-photo", photo.digest), partial(_file, photo), len)
    _mount(
        key=LIVE,
        data=pack("LIVE", header, file),
        on_report_change=take_report,
        on_taken_change=take_frame,
    )


def _mode(mode: Mode, memory: LiveSession) -> dict[str, object]:
    offered = offer(mode, memory.settings.levels, memory.settings.depth)
    looks = {name: style_of(name) for name in offered.names.values()}
    return {
        "label": MODES[mode],
        "stages": offered.stages,
        "models": [
            {
                "conditioning": conditioning,
                "name": name,
                "light": looks[name].light,
                "dark": looks[name].dark,
                "marker": looks[name].glyph,
            }
            for conditioning, name in offered.names.items()
        ],
    }


def _file(photo: ChosenPhoto) -> bytes:
    return encode_jpeg(fit_within(photo.pixels, _PHOTO_SIDE), _PHOTO_QUALITY)
