"""What the grid of stacks says: what the decay costs in one network, and what training for a quantizer changes.

Stacks are fitted to one network, so nothing but the stack differs; intervals are over the photos. None always stands
beside none with its best single gain, the fairest that can be done without conditioning each stage.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rfsq.evidence.results import Results, known_difference
from rfsq.evidence.stacks.grid import (
    CLOSE_LEVELS,
    CLOSE_NETWORK,
    CLOSE_STAGES,
    LEVELS,
    STAGES,
    StackGrid,
    StackScore,
)
from rfsq.evidence.statements import NO_FINDING_DB, Finding, gap
from rfsq.metrics.intervals import Interval
from rfsq.model.stack import StackSpec
from rfsq.model.zoo import ZOO
from rfsq.quantizers import CONDITIONINGS
from rfsq.style.palette import short_label_of
from rfsq.style.wording import format_bits, format_signed, listed

PLAIN: Final = ("none", "gain")  # what does without conditioning each stage
CONDITIONED: Final = tuple(name for name in CONDITIONINGS if name not in PLAIN)
(_FINE, _COARSE), _DEPTH = CLOSE_LEVELS, CLOSE_STAGES  # levels of 40 and of 20 bits, in as many stages
_MANY, _FEW = 8, 2  # stages between which none gains nothing


@dataclass(frozen=True)
class FittedTwin:
    """A stack that also exists as a model whose network was trained for it."""

    stack: str  # as StackSpec.text
    trained: str  # a model of the zoo


@dataclass(frozen=True)
class Setting:
    """One number of levels and stages, with the best that goes without conditioning each stage, and the conditioned."""

    levels: int
    stages: int
    plain_db: float  # of the better of none and its best gain
    conditioned_db: Mapping[str, float]  # by strategy

    def gain_db(self, strategy: str) -> float:
        return self.conditioned_db[strategy] - self.plain_db

    @property
    def words(self) -> str:
        return f"{self.stages} stage{'' if self.stages == 1 else 's'} of {self.levels} levels"


def stack_findings(results: Results, grid: StackGrid) -> list[Finding]:
    """All that was measured for."""
    found = []
    for make in (_decay_cost, _fitted_or_trained, _more_stages, _widths, _no_help):
        try:
            found.append(make(results, grid))
        except (LookupError, ValueError):  # a stack or a model of it was not measured
            continue
    return found


def fsq_text(levels: int, stages: int, conditioning: str) -> str:
    """The description of a stack of FSQ."""
    return StackSpec("fsq", (levels,), 0, stages, conditioning).text


def twins(results: Results, grid: StackGrid) -> list[FittedTwin]:
    """The stacks of 40 bits that the zoo also has trained, and that were both measured photo by photo."""
    pairs = [
        *(FittedTwin(fsq_text(_FINE, _DEPTH, name), f"rfsq-4x1024-{name}") for name in CONDITIONINGS),
        FittedTwin(StackSpec("vq", codes=1024, stages=4).text, "rvq-4x1024"),
    ]
    return [
        pair
        for pair in pairs
        if pair.stack in grid.close
        and pair.trained in results.models
        and "psnr_db" in results.models[pair.trained].per_image
    ]


def fitted_minus_trained(results: Results, grid: StackGrid, twin: FittedTwin) -> Interval:
    """PSNR of the fitted stack − that of the trained model, paired over the photos. Raises ResultsError."""
    results.full(twin.trained)
    return known_difference(grid.per_photo(twin.stack), results.models[twin.trained].per_image["psnr_db"])


def settings(grid: StackGrid, network: str) -> list[Setting]:
    """All levels and stages of the grid around a network, as far as all strategies were measured."""
    found = []
    for levels in LEVELS:
        for stages in STAGES:
            rows = {name: grid.find(network, fsq_text(levels, stages, name)) for name in CONDITIONINGS}
            psnr = {name: row.psnr_db for name, row in rows.items() if row is not None}
            if len(psnr) == len(rows):
                plain = max(psnr.pop(name) for name in PLAIN)
                found.append(Setting(levels, stages, plain, psnr))
    return found


def _decay_cost(results: Results, grid: StackGrid) -> Finding:
    fine, coarse = ({name: fsq_text(levels, _DEPTH, name) for name in CONDITIONINGS} for levels in (_FINE, _COARSE))
    costs = [grid.difference(stacks["scale"], stacks["none"]) for stacks in (fine, coarse)]
    trained = results.difference("rfsq-4x1024-scale", "rfsq-4x1024-none")
    gains = [grid.difference(stacks["scale"], stacks["gain"]).mean for stacks in (fine, coarse)]
    bits = [grid.score(CLOSE_NETWORK, stacks["none"]).bits_per_token for stacks in (fine, coarse)]
    none, gain, scale = (_psnr(grid, fine[name]) for name in ("none", "gain", "scale"))
    hidden = 1 - trained.mean / costs[0].mean
    return Finding(
        "decay-cost",
        f"In the same network the decay costs {costs[0].mean:.1f} dB at {format_bits(bits[0])} and "
        f"{costs[1].mean:.1f} dB at {format_bits(bits[1])}; training hides {'most' if hidden > 0.5 else 'some'} of it",
        f"Around one untouched network, {_DEPTH} stages of {_FINE} levels give {none:.1f} dB with none, {gain:.1f} dB with "
        f"none's best single gain, and {scale:.1f} dB with scale: {gap(costs[0])} over none, {_signed(gains[0])} dB over "
        f"the gain ({gap(costs[1])} and {_signed(gains[1])} dB with {_COARSE} levels). "
        f"Where each network was trained for its quantizer, scale is only {gap(trained)} ahead: none's network learns "
        "larger latents, which the stack alone cannot.",
        (_name(fine["none"]), _name(fine["scale"])),
    )


def _fitted_or_trained(results: Results, grid: StackGrid) -> Finding:
    found = {twin: fitted_minus_trained(results, grid, twin) for twin in twins(results, grid)}
    unconditioned = FittedTwin(fsq_text(_FINE, _DEPTH, "none"), "rfsq-4x1024-none")
    none = found[unconditioned]
    others = {twin: interval for twin, interval in found.items() if twin != unconditioned}
    worst, best = (pick(others, key=lambda twin: others[twin].mean) for pick in (min, max))
    lost = -others[worst].mean
    lines = [f"{short_label_of(twin.trained)} {gap(interval)}" for twin, interval in others.items()]
    claim = (
        f"Fitted afterwards is as good as trained together, to {max(lost, others[best].mean):.2f} dB"
        if max(lost, others[best].mean) <= NO_FINDING_DB + 0.005
        else f"Fitted afterwards loses up to {lost:.1f} dB against trained together"
    )
    return Finding(
        "fitted",
        f"{claim}; none alone loses {-none.mean:.1f} dB",
        f"At 40 bits, the stack fitted to a network that knows of no quantizer, against the network trained with it: "
        f"{listed(lines)}; none {gap(none)}. One training run each, so less than {NO_FINDING_DB} dB says nothing: a "
        "conditioned stack needs no network of its own.",
        (worst.trained, "rfsq-4x1024-none"),
    )


def _more_stages(results: Results, grid: StackGrid) -> Finding:
    few, many = (
        {name: _psnr(grid, fsq_text(_COARSE, k, name)) for name in (*PLAIN, "scale", "layernorm-global")}
        for k in (_FEW, _MANY)
    )
    grown = many["none"] - few["none"]
    claim = (
        f"More stages do not help none: {few['none']:.1f} dB with {_FEW} stages, {many['none']:.1f} dB with {_MANY}"
        if abs(grown) < NO_FINDING_DB
        else f"More stages help none little: {few['none']:.1f} dB with {_FEW} stages, {many['none']:.1f} dB with {_MANY}"
    )
    ceiling = grid.ceilings[CLOSE_NETWORK][0]
    return Finding(
        "more-stages",
        claim,
        f"With {_COARSE} levels a channel and {_FEW} → {_MANY} stages, scale goes from {few['scale']:.1f} to "
        f"{many['scale']:.1f} dB and layernorm-global from {few['layernorm-global']:.1f} to "
        f"{many['layernorm-global']:.1f} dB, of {ceiling:.1f} dB without rounding. None's best single gain, chosen anew for "
        f"each number of stages, gives {few['gain']:.1f} and {many['gain']:.1f} dB: no one gain serves all stages.",
        (_name(fsq_text(_COARSE, _MANY, "none")), _name(fsq_text(_COARSE, _MANY, "scale"))),
    )


def widths(grid: StackGrid) -> dict[str, dict[str, StackScore]]:
    """The same stack around each network: network -> strategy -> score, of those where none, gain and scale were measured."""
    found = {}
    for network in grid.weights:
        rows = {name: grid.find(network, fsq_text(_COARSE, _DEPTH, name)) for name in (*PLAIN, *CONDITIONED)}
        known = {name: row for name, row in rows.items() if row is not None}
        if {*PLAIN, "scale"} <= known.keys():
            found[network] = known
    return found


def _widths(results: Results, grid: StackGrid) -> Finding:
    found = widths(grid)
    if len(found) < 2:
        raise LookupError("one network alone was measured")
    over = {
        name: {plain: rows["scale"].psnr_db - rows[plain].psnr_db for plain in PLAIN} for name, rows in found.items()
    }
    ends = {plain: [pick(gains[plain] for gains in over.values()) for pick in (min, max)] for plain in PLAIN}
    dims = listed([str(ZOO[name].dim) for name in found])
    everywhere = ends["gain"][0] >= NO_FINDING_DB
    said = [
        f"{ZOO[name].dim} channels: none {rows['none'].psnr_db:.1f}, gain {rows['gain'].psnr_db:.1f}, scale "
        f"{rows['scale'].psnr_db:.1f} of {grid.ceilings[name][0]:.1f} dB"
        for name, rows in found.items()
    ]
    return Finding(
        "widths",
        f"The decay is there at every width: conditioning gains {ends['none'][0]:.1f} to {ends['none'][1]:.1f} dB"
        if everywhere
        else "The decay depends on the width of the network",
        f"{_DEPTH} stages of {_COARSE} levels around networks of {dims} channels. {'; '.join(said)}. Scale is ahead of none by "
        f"{_signed(ends['none'][0])} to {_signed(ends['none'][1])} dB, of none's best gain by {_signed(ends['gain'][0])} to "
        f"{_signed(ends['gain'][1])} dB. The same stack costs more bits in a wider network, so compare within a network.",
        tuple(_name(fsq_text(_COARSE, _DEPTH, name), [*found][-1]) for name in ("none", "scale")),
    )


def _no_help(results: Results, grid: StackGrid) -> Finding:
    found = settings(grid, CLOSE_NETWORK)
    if len(found) < len(LEVELS) * len(STAGES):
        raise LookupError("the grid is not complete")
    level = [setting for setting in found if setting.gain_db("scale") < NO_FINDING_DB]
    several = [setting for setting in found if setting.stages > 1]
    least, most = (pick(several, key=lambda setting: setting.gain_db("scale")) for pick in (min, max))
    single = sum(setting.stages == 1 for setting in level)
    which = ", all of one stage" if single == len(level) > 0 else f", {single} of them of one stage" if level else ""
    behind = []
    for name in CONDITIONED:
        worse = [setting for setting in found if setting.gain_db(name) < -NO_FINDING_DB]
        if worse:
            worst = min(worse, key=lambda setting: setting.gain_db(name))
            behind.append(f"{name} in {len(worse)} (by up to {-worst.gain_db(name):.1f} dB, {worst.words})")
    return Finding(
        "no-help",
        f"In {len(level)} of {len(found)} settings scale gains less than {NO_FINDING_DB} dB over none's best gain{which}",
        "With one stage nothing has decayed yet, and a factor for each stage is one gain. With more, scale gains from "
        f"{_signed(least.gain_db('scale'))} dB ({least.words}, where none's best gain already has {least.plain_db:.1f} dB "
        f"of {grid.ceilings[CLOSE_NETWORK][0]:.1f}) to {_signed(most.gain_db('scale'))} dB ({most.words}). "
        + (
            f"Behind none's best gain: {listed(behind)}."
            if behind
            else "No strategy is behind none's best gain anywhere."
        ),
        (_name(fsq_text(least.levels, least.stages, "none")), _name(fsq_text(least.levels, least.stages, "scale"))),
    )


def _psnr(grid: StackGrid, stack: str) -> float:
    return grid.score(CLOSE_NETWORK, stack).psnr_db


def _signed(value: float) -> str:
    return format_signed(value, 1 if abs(value) >= 1 else 2)


def _name(stack: str, network: str = CLOSE_NETWORK) -> str:
    return StackSpec.parse(stack).name_on(network)
