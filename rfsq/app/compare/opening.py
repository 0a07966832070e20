"""The first view of every example, made before somebody chooses it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from rfsq.app.compare.choice import choose
from rfsq.app.compare.link import opening_settings
from rfsq.app.compare.plan import equal_stages
from rfsq.app.compare.view import panels_of
from rfsq.app.shared.photo_strip import example_names, example_photo
from rfsq.app.shared.reconstructions import decode
from rfsq.app.shared.working_photo import working_photo
from rfsq.machine.devices import pick_device
from rfsq.model.checkpoint import CheckpointError, available_models


def opening_views() -> list[Callable[[], None]]:
    """A task for each example: its pictures in the first view."""
    return [partial(_make, name) for name in example_names()]


def _make(photo: str) -> None:
    available = available_models()
    settings = opening_settings(available)
    choice = choose(settings, available)
    working = working_photo(example_photo(photo), settings.size, pick_device("auto"))
    try:
        decode(working, panels_of(settings, choice, equal_stages(choice.counts)))
    except CheckpointError:  # is said where somebody opens it
        return
