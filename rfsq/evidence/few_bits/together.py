"""What training together with a stack buys over fitting it afterwards, as a finding and as a table."""

from __future__ import annotations

from statistics import fmean

from rfsq.evidence.few_bits.networks import FewBits, Together, TrainedNetwork, bits_of, paired
from rfsq.evidence.few_bits.phrases import (
    METRICS,
    bpp,
    difference,
    header_of,
    loss_words,
    mean_cell,
    of_some,
    optional_cell,
    rate_words,
    signed,
)
from rfsq.evidence.statements import NO_FINDING_DB, Finding, gap
from rfsq.model.stack import StackSpec
from rfsq.style.tables import Table
from rfsq.style.wording import MISSING, format_bits, format_signed, listed


def together_findings(few: FewBits) -> list[tuple[Together, Finding]]:
    """What training together buys, stack by stack: of each recipe that a stack without conditioning and others were trained by."""
    found = [(one, _finding(few, one)) for one in few.together]
    return [(one, finding) for one, finding in found if finding is not None]


def _finding(few: FewBits, together: Together) -> Finding | None:
    bought = {stack: found for stack in together.trained if (found := together.bought(stack)) is not None}
    named = {method_of(together, stack): found for stack, found in bought.items()}
    none, others = named.pop("none", None), named
    if none is None or not others:
        return None
    least, most = (pick(found.mean for found in others.values()) for pick in (min, max))
    spread = format_signed(least, 2) if len(others) == 1 else f"{format_signed(least, 2)} to {format_signed(most, 2)}"
    if max(abs(least), abs(most)) < NO_FINDING_DB:
        spread = f"less than {NO_FINDING_DB}"
    whose = "a conditioned stack" if len(others) > 1 else next(iter(others))
    lines = [
        _moved(together, stack) for stack in sorted(bought, key=lambda stack: method_of(together, stack) == "none")
    ]
    network = together.first
    loss = loss_words(network.recipe)
    several = len({loss_words(one.first.recipe) for one in few.together}) > 1
    said = f"{'; '.join(lines)}.{_dropout(together)}{_best_together(together)}{_when_cut(together)}"
    return Finding(
        "few-bits" if network.recipe.st_lpips_weight else "few-bits-l1",
        f"At blocks of {network.config.stride}×{network.config.stride} pixels{f', with {loss},' if several else ''} training "
        f"together buys {format_signed(none.mean, 1)} dB for none and {spread} dB for {whose}",
        f"{rate_words(network.config)}, {loss}, {network.steps:,} steps, trained "
        f"together − fitted afterwards to a network of the same width: {said} {few.images} photos{of_some(few)}, one "
        f"training run each, so less than {NO_FINDING_DB} dB says nothing.",
        (),
    )


def together_table(few: FewBits, together: Together) -> Table:
    """A row per stack: fitted, trained together, and the difference."""
    shown = [metric for metric in METRICS if all(metric in scores for scores in together.fitted.values())]
    rows = []
    for stack, fitted in together.fitted.items():
        trained = together.trained.get(stack)
        cells = [method_of(together, stack)]
        for metric in shown:
            found, decimals = together.bought(stack, metric), 2 if metric == "psnr_db" else 4
            cells += [
                mean_cell(fitted, metric, decimals),
                MISSING if trained is None else mean_cell(trained.scores, metric, decimals),
            ]
            cells.append(optional_cell(found, decimals))
        rows.append(cells)
    stacks = {(spec.stages, spec.levels) for spec in map(StackSpec.parse, together.fitted)}
    sizes = listed(sorted((f"{stages} stages of {levels[0]} levels" for stages, levels in stacks), reverse=True))
    loss = loss_words(together.first.recipe)
    header = [
        f"{header_of(few, metric)}, {which}" for metric in shown for which in ("fitted", "together", "difference")
    ]
    return Table.of([f"{loss}; {sizes}", *header], rows)


def _moved(together: Together, stack: str) -> str:
    """ "scale +0.01 dB […] and ST-LPIPS (AlexNet) −0.0001 […]"."""
    found = together.bought(stack)
    assert found is not None
    others = [
        f"{name} {signed(interval)}"
        for metric, name in METRICS.items()
        if metric != "psnr_db" and (interval := together.bought(stack, metric)) is not None
    ]
    return f"{method_of(together, stack)} {gap(found)}, {listed(others)}"


def method_of(together: Together, stack: str) -> str:
    """What a row is called: "scale", "grouped"."""
    trained = together.trained.get(stack)
    grouped = trained is not None and bool(trained.config.stage_levels)
    return "grouped" if grouped else StackSpec.parse(stack).conditioning


def _dropout(together: Together) -> str:
    """Which were trained with stages left out, where not all were alike in that."""
    rates = {method_of(together, stack): one.recipe.stage_dropout for stack, one in together.trained.items()}
    without = [name for name, rate in rates.items() if not rate]
    named = [f"{name} with stage dropout {rate:g}" for name, rate in rates.items() if rate]
    return f" Not quite alike: {listed(named)}, {listed(without)} without." if named and without else ""


def _best_together(together: Together) -> str:
    """The best of those that were trained together with as many bits, beside the next; empty where none is clearly best."""
    trained = {method_of(together, stack): network for stack, network in together.trained.items()}
    if len(trained) < 2 or len({bits_of(one.config) for one in trained.values()}) > 1:
        return ""
    first, next_ = sorted(trained, key=lambda name: fmean(trained[name].scores["psnr_db"]), reverse=True)[:2]
    best, second = trained[first], trained[next_]
    lead = difference(best.scores, second.scores)
    if lead.low <= 0 or lead.mean < NO_FINDING_DB:
        return ""
    moved = [
        f"{name} {signed(interval)}"
        for metric, name in METRICS.items()
        if metric != "psnr_db" and (interval := paired(best.scores, second.scores, metric)) is not None
    ]
    return (
        f" Of those trained together, all with {format_bits(bits_of(best.config))} per token, {first} has the highest PSNR: "
        f"{first} ({best.config.dim} channels) − {next_} ({second.config.dim}) {listed([gap(lead), *moved])}."
    )


def _when_cut(together: Together) -> str:
    """What is left of those that can be cut; empty where none can, or it was not measured."""
    said = []
    for stack, network in together.trained.items():
        if network.cut:
            parts = [_cut_words(network, stages) for stages in sorted(network.cut)]
            said.append(f" Of {method_of(together, stack)} the first stages alone: {'; '.join(parts)}.")
    return "".join(said)


def _cut_words(network: TrainedNetwork, stages: int) -> str:
    """ "2 of 4 at 0.312 bpp 23.10 dB, ST-LPIPS (AlexNet) 0.1000"."""
    config, scores = network.config, network.cut[stages]
    rate = bpp(config) * stages / config.num_stages  # stages have equally many codes
    felt = f", ST-LPIPS (AlexNet) {mean_cell(scores, 'st_lpips', 4)}" if "st_lpips" in scores else ""
    return f"{stages} of {config.num_stages} at {rate:.3f} bpp {mean_cell(scores, 'psnr_db', 2)} dB{felt}"
