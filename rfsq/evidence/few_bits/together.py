"""What training together with a stack buys over fitting it afterwards, as a finding and as a table."""

from __future__ import annotations

from statistics import fmean

from rfsq.evidence.few_bits.networks import FewBits, TrainedNetwork, bits_of, paired
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


def together_finding(few: FewBits) -> Finding | None:
    """What training together buys, stack by stack; None where it was not measured."""
    bought = {StackSpec.parse(stack): found for stack in few.together if (found := few.bought(stack)) is not None}
    named = {spec.conditioning: found for spec, found in bought.items()}
    none, others = named.pop("none", None), named
    if none is None or not others:
        return None
    least, most = (pick(found.mean for found in others.values()) for pick in (min, max))
    spread = format_signed(least, 2) if len(others) == 1 else f"{format_signed(least, 2)} to {format_signed(most, 2)}"
    if max(abs(least), abs(most)) < NO_FINDING_DB:
        spread = f"less than {NO_FINDING_DB}"
    lines = [_moved(few, spec.text) for spec in sorted(bought, key=lambda spec: spec.conditioning == "none")]
    network = next(one for one in few.networks.values() if one.stack in few.together)
    side = network.config.stride
    said = f"{'; '.join(lines)}.{_dropout(few)}{_best_together(few)}{_when_cut(few)}"
    return Finding(
        "few-bits",
        f"At blocks of {side}×{side} pixels training together buys {format_signed(none.mean, 1)} dB for none and {spread} dB "
        "for a conditioned stack",
        f"{rate_words(network.config)}, {loss_words(network.recipe)}, {network.steps:,} steps, trained "
        f"together − fitted afterwards to a network of the same width: {said} {few.images} photos{of_some(few)}, one "
        f"training run each, so less than {NO_FINDING_DB} dB says nothing.",
        (),
    )


def together_table(few: FewBits) -> Table:
    """A row per stack: fitted, trained together, and the difference."""
    shown = [metric for metric in METRICS if all(metric in fitted for fitted, _ in few.together.values())]
    rows = []
    for stack, (fitted, trained) in few.together.items():
        cells = [method_of(few, stack)]
        for metric in shown:
            found, decimals = few.bought(stack, metric), 2 if metric == "psnr_db" else 4
            cells += [
                mean_cell(fitted, metric, decimals),
                MISSING if trained is None else mean_cell(trained, metric, decimals),
            ]
            cells.append(optional_cell(found, decimals))
        rows.append(cells)
    stacks = {(spec.stages, spec.levels) for spec in map(StackSpec.parse, few.together)}
    sizes = listed(sorted((f"{stages} stages of {levels[0]} levels" for stages, levels in stacks), reverse=True))
    header = [
        f"{header_of(few, metric)}, {which}" for metric in shown for which in ("fitted", "together", "difference")
    ]
    return Table.of([sizes, *header], rows)


def _moved(few: FewBits, stack: str) -> str:
    """ "scale +0.01 dB […] and ST-LPIPS (AlexNet) −0.0001 […]"."""
    found = few.bought(stack)
    assert found is not None
    others = [
        f"{name} {signed(interval)}"
        for metric, name in METRICS.items()
        if metric != "psnr_db" and (interval := few.bought(stack, metric)) is not None
    ]
    return f"{method_of(few, stack)} {gap(found)}, {listed(others)}"


def method_of(few: FewBits, stack: str) -> str:
    """What a row of `together` is called: "scale", "grouped"."""
    trained = few.trained_with(stack)
    grouped = trained is not None and bool(trained.config.stage_levels)
    return "grouped" if grouped else StackSpec.parse(stack).conditioning


def _dropout(few: FewBits) -> str:
    """Which were trained with stages left out, where not all were alike in that."""
    trained = {stack: network for stack in few.together if (network := few.trained_with(stack)) is not None}
    rates = {method_of(few, stack): network.recipe.stage_dropout for stack, network in trained.items()}
    without = [name for name, rate in rates.items() if not rate]
    named = [f"{name} with stage dropout {rate:g}" for name, rate in rates.items() if rate]
    return f" Not quite alike: {listed(named)}, {listed(without)} without." if named and without else ""


def _best_together(few: FewBits) -> str:
    """The best of those that were trained together with as many bits, beside the next; empty where none is clearly best."""
    trained = [network for stack in few.together if (network := few.trained_with(stack)) is not None and network.scores]
    if len(trained) < 2 or len({bits_of(one.config) for one in trained}) > 1:
        return ""
    best, second = sorted(trained, key=lambda one: fmean(one.scores["psnr_db"]), reverse=True)[:2]
    lead = difference(best.scores, second.scores)
    if lead.low <= 0 or lead.mean < NO_FINDING_DB:
        return ""
    moved = [
        f"{name} {signed(interval)}"
        for metric, name in METRICS.items()
        if metric != "psnr_db" and (interval := paired(best.scores, second.scores, metric)) is not None
    ]
    names = [method_of(few, one.stack or "") for one in (best, second)]
    return (
        f" Of those trained together, all with {format_bits(bits_of(best.config))} per token, {names[0]} has the highest PSNR: "
        f"{names[0]} ({best.config.dim} channels) − {names[1]} ({second.config.dim}) "
        f"{listed([gap(lead), *moved])}."
    )


def _when_cut(few: FewBits) -> str:
    """What is left of those that can be cut; empty where none can, or it was not measured."""
    said = []
    for stack in few.together:
        network = few.trained_with(stack)
        if network is None or not network.cut:
            continue
        parts = [_cut_words(network, stages) for stages in sorted(network.cut)]
        said.append(f" Of {method_of(few, stack)} the first stages alone: {'; '.join(parts)}.")
    return "".join(said)


def _cut_words(network: TrainedNetwork, stages: int) -> str:
    """ "2 of 4 at 0.312 bpp 23.10 dB, ST-LPIPS (AlexNet) 0.1000"."""
    config, scores = network.config, network.cut[stages]
    rate = bpp(config) * stages / config.num_stages  # stages have equally many codes
    felt = f", ST-LPIPS (AlexNet) {mean_cell(scores, 'st_lpips', 4)}" if "st_lpips" in scores else ""
    return f"{stages} of {config.num_stages} at {rate:.3f} bpp {mean_cell(scores, 'psnr_db', 2)} dB{felt}"
