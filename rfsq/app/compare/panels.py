"""The pictures of the Compare page, as the viewer takes them."""

from __future__ import annotations

import math
from dataclasses import replace

from rfsq.app.compare.choice import pair_of, spread_stages
from rfsq.app.compare.claim import bytes_notice
from rfsq.app.compare.files import known_bytes
from rfsq.app.compare.needs import measured_scores
from rfsq.app.compare.rest import Rest
from rfsq.app.compare.scores import WAITING, rate_text
from rfsq.app.compare.session import session
from rfsq.app.compare.stacks import is_single
from rfsq.app.compare.view import View
from rfsq.app.compare.words import film_note
from rfsq.app.shared.measured_scores import known_learned
from rfsq.app.shared.own_models import any_own, config_of
from rfsq.app.shared.rfsq_files import stages_text
from rfsq.app.shared.talk_view import talking
from rfsq.app.viewer import Frame, Method, show_viewer, viewer_state
from rfsq.evidence.comparison import slow_scores_reason
from rfsq.style.palette import style_of
from rfsq.style.wording import format_bits, format_bytes, format_db, format_score, unequal_rates_sentence

VIEWER, STAGE = "viewer", "stage"  # keys: the viewer's, and that of the container around it and the chart


def show_pictures(view: View, rest: Rest) -> None:
    """Draw the viewer."""
    whole = [_method(view, name) for name in view.choice.shown]
    methods = _spread(whole[0]) if view.choice.spread else whole
    # Only a stage other than the one passed here is the person's own: four wanted stages outlive a model of two.
    session().shown = (view.stages, view.settings.view)
    show_viewer(
        view.working.pixels,
        methods,
        stage=view.stages,
        view=view.settings.view,
        pair=None if view.choice.spread else pair_of(view.choice.shown),
        place=session().place,
        linked=[name for name in view.choice.pictures if not any_own([name.partition("@")[0]])],
        notice=_notice(view),
        error_note=slow_scores_reason(*view.working.size) or rest.problem,
        image_key=view.working.key,
        key=VIEWER,
        stages_of="" if view.plan.reference is None else view.label(view.plan.reference),
        film_note=film_note(view) or "",
        stage_key=STAGE,
        on_change=_take_report,
    )


def rates_notice(view: View) -> str | None:
    """The sentence about unequal rates; None if all pictures cost the same."""
    rates = [(name, view.pictures[name].rate(k)) for name, k in view.panels]
    if view.choice.spread:
        prices = ", ".join(format_bits(rate.bits_per_token) for _, rate in rates if rate)
        return f"Each stage costs more: {prices} per token, from left to right." if len(rates) > 1 else None
    strides = {name: config_of(name).stride for name, _ in rates}
    if len(set(strides.values())) > 1:  # tokens of unequal blocks: only prices of a pixel compare
        return unequal_rates_sentence(
            {view.label(name): rate.bits_per_token / strides[name] ** 2 if rate else None for name, rate in rates},
            "pixel",
        )
    return unequal_rates_sentence({view.label(name): rate.bits_per_token if rate else None for name, rate in rates})


def _take_report() -> None:
    """The person moved the stage or changed the view in the browser; runs before the page is drawn again."""
    known, memory = viewer_state(VIEWER), session()
    if known is None or memory.shown is None:
        return
    stage, view = memory.shown
    if known.stage != stage:
        memory.stages = known.stage
    if known.view != view:
        memory.view = known.view


def _method(view: View, name: str) -> Method:
    frames = tuple(_frame(view, name, k) for k in view.plan.stages[name])
    style = style_of(name)
    label = view.short_label(name) if talking() else view.label(name)  # a room finds it again at the chart's lines
    return Method(name, label, style.light, style.dark, style.glyph, view.pictures[name].start, frames)


def _spread(whole: Method) -> list[Method]:
    """One model as if it were several, each with one stage more: what stands under a picture stays true at any k."""
    return [
        replace(whole, name=f"{whole.name}@{k}", label=f"at most {k}", frames=whole.frames[:k])
        for k in spread_stages(len(whole.frames))
    ]


def _frame(view: View, name: str, k: int) -> Frame:
    pictures = view.pictures[name]
    picture, price = pictures.frames.get(k), rate_text(pictures.rate(k))
    if (size := known_bytes(view.working, name, k)) is not None:
        price += f" · {format_bytes(size)} file"
    counted = ""
    if view.plan.reference:
        counted = f"1 stage of {config_of(name).levels[0]} levels" if is_single(name) else stages_text(name, k)
    if picture is None:
        return Frame(None, WAITING, price, stages=counted)
    texts = [format_db(picture.psnr_db)]
    scores, learned = measured_scores(view, name, k), known_learned(view.working, name, k)
    if scores is not None and not math.isnan(scores.ssim):
        texts.append(f"SSIM\u00a0{format_score(scores.ssim)}")
    if learned is not None and not math.isnan(learned.st_lpips):
        texts.append(f"ST\u2011LPIPS\u00a0{format_score(learned.st_lpips)}")
    return Frame(picture.pixels, " · ".join(texts), price, scores.flip_error if scores else None, counted)


def _notice(view: View) -> str | None:
    """What must stand beside the pictures, also in saved ones: a photo that is no original, unequal rates or bytes."""
    unequal = rates_notice(view) if view.plan.reference is None else bytes_notice(view)
    return " ".join(filter(None, (view.photo.note, unequal))) or None
