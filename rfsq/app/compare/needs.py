"""What the Compare page shows of a view once it is known: pictures of other stages, files, scores."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from rfsq.app.compare.claim import fair_rival, rival_panel
from rfsq.app.compare.files import find_levels, has_files, is_measuring, levels_to_find
from rfsq.app.compare.rest import Need
from rfsq.app.compare.session import session
from rfsq.app.compare.view import View
from rfsq.app.shared.measured_scores import (
    known_learned,
    known_scores,
    prepare_learned_scores,
    scores_key,
    scores_of,
)
from rfsq.app.shared.reconstructions import (
    decode,
    file_sizes,
    is_decoded,
    is_start_known,
    known_file_sizes,
    result_key,
    start_picture,
)
from rfsq.app.viewer import fits_live
from rfsq.evidence.comparison import Scores


def measured_scores(view: View, name: str, k: int) -> Scores | None:
    """The scores of a picture, if they are known by now."""
    rest = session().rest
    found = None if rest is None else rest.found.get(scores_key(view.working, name, k))
    return found if isinstance(found, Scores) else known_scores(view.working, name, k)


def scored_panels(view: View) -> list[tuple[str, int]]:
    """The pictures whose scores the page shows: model and stage count, the ceiling last."""
    ceiling = [(view.choice.ceiling, 1)] if view.choice.ceiling else []
    return [*view.panels, *ceiling]


def needs_of(view: View) -> list[list[Need]]:
    """In the order in which people want it, in two steps: what makes dragging live, then files and scores."""
    return [list(_other_stages(view)), [*_files(view), *_scores(view)]]


def _other_stages(view: View) -> Iterator[Need]:
    """The pictures of each position of the slider, the nearest first, and those before any stage."""
    working, plan, shown = view.working, view.plan, view.choice.shown
    if not fits_live(*working.size, [len(plan.stages[name]) for name in shown]):
        return
    for position in sorted(range(1, plan.positions + 1), key=lambda position: abs(position - view.stages)):
        frames = [(name, plan.stages_at(name, position)) for name in shown]
        known = partial(is_decoded, working, frames)
        key = tuple(result_key(working, name, "picture", k) for name, k in frames)
        yield Need(key, "the pictures of other stages", known, partial(decode, working, frames))
    for name in shown:
        known = partial(is_start_known, working, name)
        find = partial(start_picture, working, name)
        yield Need(result_key(working, name, "start"), "the pictures before any stage", known, find)


def _files(view: View) -> Iterator[Need]:
    working = view.working
    rivals = [name for name in [fair_rival(view)] if name is not None and view.plan.reference is not None]
    for name in (*view.choice.shown, *rivals):
        if has_files(working, name):
            known = partial(_has_sizes, view, name)
            find = partial(file_sizes, working, name)
            yield Need(result_key(working, name, "files"), "the sizes of the files", known, find)
    for network, target in levels_to_find(view.settings, view.choice, working):
        search = partial(find_levels, working, network, target)
        key = result_key(working, network, "levels", target)
        yield Need(key, "the single stage with the nearest file", lambda: False, search)


def _scores(view: View) -> Iterator[Need]:
    working = view.working
    if levels_to_find(view.settings, view.choice, working) or is_measuring(view.settings, view.choice, working):
        return  # other pictures will be shown: scores are of those
    rival = None if working.large else rival_panel(view)  # of a large photo that would take as long as all the rest
    if rival is not None:
        known = partial(is_decoded, working, [rival])
        find = partial(decode, working, [rival])
        key = result_key(working, rival[0], "picture", rival[1])
        yield Need(key, "the picture with one gain for all stages", known, find)
    panels = scored_panels(view)
    for name, k in panels:
        known = partial(_has_scores, view, name, k)
        yield Need(scores_key(working, name, k), "scores", known, partial(scores_of, working, name, k))
    known = partial(_has_learned, view, panels)
    find = partial(prepare_learned_scores, working, panels)
    key = tuple(result_key(working, name, "learned", k) for name, k in panels)
    yield Need(key, "ST-LPIPS and LPIPS", known, find)


def _has_sizes(view: View, name: str) -> bool:
    return known_file_sizes(view.working, name) is not None


def _has_scores(view: View, name: str, k: int) -> bool:
    return known_scores(view.working, name, k) is not None


def _has_learned(view: View, panels: list[tuple[str, int]]) -> bool:
    return all(known_learned(view.working, name, k) is not None for name, k in panels)
