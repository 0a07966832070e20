"""The .rfsq files of the pictures on the Compare page: their sizes, and which pictures have nearly the same."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from rfsq.app.compare.choice import Choice
from rfsq.app.compare.plan import Plan, equal_bytes, equal_stages
from rfsq.app.compare.settings import Settings
from rfsq.app.compare.stacks import TRIED_LEVELS, is_single, single_stage
from rfsq.app.shared.own_models import any_own, config_of
from rfsq.app.shared.reconstructions import file_sizes, known_file_sizes, result_key
from rfsq.app.shared.store import store
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


def make_plan(settings: Settings, choice: Choice, working: WorkingPhoto) -> tuple[Choice, Plan]:
    """Which pictures stand beside each other. Equal bytes wait for the sizes: until then it is equal stages.

    With equal bytes a single-stage FSQ beside stacks has as many levels as come nearest, so the choice may change.
    """
    reference = reference_of(settings, choice, working)
    if reference is None or is_measuring(settings, choice, working):
        return choice, equal_stages(choice.counts)
    matched = {single: known_levels(working, *asked) for single, asked in _single(settings, choice, working).items()}
    matching = replace(choice, shown=tuple(matched.get(name) or name for name in choice.shown))
    sizes = {name: known_file_sizes(working, name) for name in matching.shown if has_files(working, name)}
    known = {name: files for name, files in sizes.items() if files}
    if reference not in known:
        return choice, equal_stages(choice.counts)
    return matching, equal_bytes(reference, matching.counts, known)


def is_measuring(settings: Settings, choice: Choice, working: WorkingPhoto) -> bool:
    """Whether equal bytes were asked for, and the sizes are not known yet."""
    if reference_of(settings, choice, working) is None:
        return False
    return any(known_file_sizes(working, name) is None for name in choice.shown if has_files(working, name))


def levels_to_find(settings: Settings, choice: Choice, working: WorkingPhoto) -> list[tuple[str, int]]:
    """Network and bytes of each single-stage FSQ whose level count is not found yet."""
    asked = _single(settings, choice, working).values()
    return [one for one in asked if known_levels(working, *one) is None]


def _single(settings: Settings, choice: Choice, working: WorkingPhoto) -> dict[str, tuple[str, int]]:
    """The single-stage FSQ beside stacks, with its network and the bytes to come near, once these are known."""
    reference = reference_of(settings, choice, working)
    sizes = None if reference is None else known_file_sizes(working, reference)
    if not sizes or not settings.single or settings.depth == 1:
        return {}
    target = sizes[min(settings.stages, len(sizes)) - 1]
    return {name: (settings.network, target) for name in choice.shown if is_single(name) and name != reference}


def known_levels(working: WorkingPhoto, network: str, target: int) -> str | None:
    """What `find_levels` found, if it was asked before."""
    found: str | None = store().peek(_levels_key(working, network, target))
    return found


def find_levels(working: WorkingPhoto, network: str, target: int) -> str:
    """The single-stage FSQ with its best gain, around this network, whose file of the photo is nearest to `target` bytes.

    Its levels are found by halving: files grow with the levels.
    """

    def size(levels: int) -> int:
        files = file_sizes(working, single_stage(network, levels))
        return files[0] if files else 0

    def search() -> str:
        low, high = 0, len(TRIED_LEVELS) - 1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if size(TRIED_LEVELS[middle]) <= target else (low, middle)
        best = min(TRIED_LEVELS[low : high + 1], key=lambda levels: abs(size(levels) - target))
        return single_stage(network, best)

    return store().get(_levels_key(working, network, target), search, lambda name: len(name))


def _levels_key(working: WorkingPhoto, network: str, target: int) -> Hashable:
    return result_key(working, network, "levels", target)
