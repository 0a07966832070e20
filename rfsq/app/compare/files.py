"""The .rfsq files of the pictures on the Compare page: their sizes, and which pictures have nearly the same."""

from __future__ import annotations

from rfsq.app.compare.choice import Choice
from rfsq.app.compare.plan import Plan, equal_bytes, equal_stages
from rfsq.app.compare.settings import Settings
from rfsq.app.shared.own_models import any_own, config_of
from rfsq.app.shared.reconstructions import known_file_sizes
from rfsq.app.shared.working_photo import WorkingPhoto


def has_files(working: WorkingPhoto, name: str) -> bool:
    """Whether the sizes of a model's files are measured: not of an unquantized one or somebody's own, which have none, nor
    of large photos, whose files take seconds."""
    return not working.large and not any_own([name]) and config_of(name).quantized


def known_bytes(working: WorkingPhoto, name: str, k: int) -> int | None:
    """The size of a picture's .rfsq file, if it was made by now; None where there is no file."""
    sizes = known_file_sizes(working, name)
    return sizes[k - 1] if sizes else None


def reference_of(settings: Settings, choice: Choice, working: WorkingPhoto) -> str | None:
    """The model whose files the others are to come near; None where nothing has files, or all have equal stages."""
    candidates = [name for name in choice.shown if has_files(working, name)]
    if settings.equal != "bytes" or choice.spread or len(candidates) < 2:
        return None
    chosen = choice.shown[min(settings.reference, len(choice.shown)) - 1]
    return chosen if chosen in candidates else candidates[0]


def make_plan(settings: Settings, choice: Choice, working: WorkingPhoto) -> Plan:
    """Which pictures stand beside each other. Equal bytes wait for the sizes: until then it is equal stages."""
    counts = {name: config_of(name).num_stages for name in choice.shown}
    reference = reference_of(settings, choice, working)
    sizes = {name: known_file_sizes(working, name) for name in choice.shown if has_files(working, name)}
    if reference is None or not sizes[reference] or None in sizes.values():
        return equal_stages(counts)
    return equal_bytes(reference, counts, {name: files for name, files in sizes.items() if files})


def is_measuring(settings: Settings, choice: Choice, working: WorkingPhoto) -> bool:
    """Whether equal bytes were asked for, and the sizes are not known yet."""
    return reference_of(settings, choice, working) is not None and any(
        known_file_sizes(working, name) is None for name in choice.shown if has_files(working, name)
    )
