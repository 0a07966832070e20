"""What the networks of few bits say, as findings and as a table."""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import fmean

from rfsq.evidence.escaped_noise import escape_words
from rfsq.evidence.few_bits.measure import STEPS_STACK
from rfsq.evidence.few_bits.networks import SLOW, FewBits, FewTokens, Scores, TrainedNetwork, bits_of
from rfsq.evidence.few_bits.phrases import (
    METRICS,
    bpp,
    difference,
    header_of,
    loss_words,
    mean_cell,
    of_some,
    optional_cell,
    short_stack,
    signed,
)
from rfsq.evidence.few_bits.together import together_findings, together_table
from rfsq.evidence.statements import NO_FINDING_DB, Finding, gap
from rfsq.metrics.intervals import Interval
from rfsq.model.checkpoint import available_models, read_info, zoo_checkpoint
from rfsq.model.stack import StackSpec
from rfsq.style.palette import label_of
from rfsq.style.tables import Table
from rfsq.style.wording import MISSING, format_bits, format_signed, listed


def few_bits_findings(few: FewBits) -> list[Finding]:
    """All that were measured."""
    others = (few_tokens_finding(few), latent_noise_finding(few), steps_finding(few))
    return [finding for _, finding in together_findings(few)] + [one for one in others if one is not None]


def few_bits_tables(few: FewBits) -> list[Table]:
    """All that were measured."""
    return [together_table(few, one) for one in few.together] + ([few_tokens_table(few)] if few.few_tokens else [])


def few_tokens_finding(few: FewBits) -> Finding | None:
    """What training together buys a quantizer of few channels; None where it was not measured."""
    if not few.few_tokens:
        return None
    first = few.few_tokens[0].trained
    gains = [f"{format_signed(_bought(one).mean, 1)} dB at {bpp(one.trained.config):.2f} bpp" for one in few.few_tokens]
    lines = [_beside(one) for one in few.few_tokens]
    return Finding(
        "few-tokens",
        f"Training together buys {listed(gains)} over stacks of as many bits that are fitted afterwards{_seen_by_vgg(few)}",
        f"{loss_words(first.recipe)}, {first.steps:,} steps, trained together − fitted afterwards: {'; '.join(lines)}. The fitted "
        "stacks lie around more channels and are of another kind, so the difference is not the effect of training together "
        f"alone. {few.images} photos{of_some(few)}, one training run each, so less than {NO_FINDING_DB} dB says nothing.",
        tuple(one.trained.config.name for one in few.few_tokens if _is_shipped(one.trained)),
    )


def latent_noise_finding(few: FewBits) -> Finding | None:
    """Whether noise on the latents in training helps stacks that are fitted afterwards; None where it was not tried."""
    found = {stack: few.helped(stack) for stack in few.noise}
    if not found:
        return None
    psnr = sum(interval.low > 0 and interval.mean >= NO_FINDING_DB for interval in found.values())
    felt = sum(few.helped(stack, "st_lpips").high < 0 for stack in few.noise)
    lines = "; ".join(
        f"{short_stack(StackSpec.parse(stack))} {gap(interval)}, ST-LPIPS {signed(few.helped(stack, 'st_lpips'))}"
        for stack, interval in found.items()
    )
    return Finding(
        "latent-noise",
        f"Noise on the latents in training helps {psnr} of {len(found)} fitted stacks in PSNR, and {felt} in ST-LPIPS (AlexNet)",
        f"PSNR of the stack fitted to the network with noise − without: {lines}. {few.images} photos, one training run each, so "
        f"less than {NO_FINDING_DB} dB says nothing.{_grown(few)}",
        (),
    )


def steps_finding(few: FewBits) -> Finding | None:
    """What more training buys; None without trainings of several lengths."""
    runs = few.by_steps
    if not runs:
        return None
    before, last = runs[-2:]
    with_stack = STEPS_STACK.text in last.fitted and STEPS_STACK.text in before.fitted
    moved = difference(_scores(last, with_stack), _scores(before, with_stack))
    doublings = math.log2(last.steps / before.steps)
    each = moved.mean / doublings
    longest = f"the zoo's {last.steps:,}" if _is_shipped(last) else f"{last.steps:,}"
    little = "" if moved.low / doublings > NO_FINDING_DB else "little: "
    claim = (
        f"In the last stretch, from {before.steps:,} to {longest} steps, more training bought {little}"
        f"{format_signed(each, 2)} dB per doubling"
    )
    around = f"with {short_stack(STEPS_STACK)} fitted to it" if with_stack else "without any rounding"
    earlier = [
        f"{one.steps:,} → {two.steps:,} {gap(difference(_scores(two, with_stack), _scores(one, with_stack)))}"
        for one, two in pairwise(runs)
    ]
    config, recipe = last.config, last.recipe
    felt = signed(difference(_scores(last, with_stack), _scores(before, with_stack), "st_lpips"))
    devices = listed(list(dict.fromkeys(one.trained_on for one in runs)))
    return Finding(
        "more-steps",
        claim,
        f"One network, blocks of {config.stride}×{config.stride} pixels, {config.dim} channels, {loss_words(recipe)}, "
        f"trained {len(runs)} times from seed {recipe.seed}, each time with the whole schedule of the learning rate in fewer or "
        f"more steps. PSNR {around}, the more − the fewer steps: {'; '.join(earlier)}; in ST-LPIPS (AlexNet) the last of these "
        f"is {felt}. A step is {recipe.batch_size} crops of {recipe.crop}×{recipe.crop} pixels; what more than "
        f"{last.steps:,} would give was not trained. {few.images} photos, one "
        f"training run each, on {devices}.",
        (),
    )


def step_curves(few: FewBits) -> dict[str, list[tuple[int, float]]]:
    """Mean PSNR in dB over the steps of `by_steps`: without rounding, and with the stack where all have it."""
    runs = few.by_steps
    found = {"without rounding": [(one.steps, fmean(one.scores["psnr_db"])) for one in runs]}
    if all(STEPS_STACK.text in one.fitted for one in runs):
        around = [(one.steps, fmean(one.fitted[STEPS_STACK.text]["psnr_db"])) for one in runs]
        found[f"with {short_stack(STEPS_STACK)}"] = around
    return found


def few_tokens_table(few: FewBits) -> Table:
    """A row for each network trained together, and for each stack that is fitted to a wider one."""
    names = {"psnr_db": 2, "st_lpips": 4, "st_lpips_vgg": 4}
    shown = [metric for metric in names if all(one.bought(one.equal, metric) is not None for one in few.few_tokens)]
    rows = []
    for one in few.few_tokens:
        side, config = one.trained.config.stride, one.trained.config
        means = [mean_cell(one.trained.scores, metric, names[metric]) for metric in shown]
        facts = [f"{config.dim}", format_bits(bits_of(config)), f"{bpp(config):.3f}"]
        rows.append(
            [f"{side}×{side} trained together: {label_of(config.name)}", *facts, *means, *[MISSING] * len(shown)]
        )
        for stack in one.stacks:
            config = StackSpec.parse(stack).config(one.plain.config)
            facts = [f"{config.dim}", format_bits(bits_of(config)), f"{bpp(config):.3f}"]
            means = [mean_cell(one.plain.fitted[stack], metric, names[metric]) for metric in shown]
            bought = [optional_cell(one.bought(stack, metric), names[metric]) for metric in shown]
            rows.append([f"{side}×{side} fitted: {short_stack(StackSpec.parse(stack))}", *facts, *means, *bought])
    scores = [header_of(few, metric) for metric in shown]
    header = [
        "blocks and quantizer",
        "channels",
        "per token",
        "bpp",
        *scores,
        *(f"together − this, {name}" for name in scores),
    ]
    return Table.of(header, rows)


def how_words(few: FewBits) -> str:
    """What was measured where, for a caption."""
    trained, measured = (
        listed(list(dict.fromkeys(getattr(one, key) for one in few.networks.values() if getattr(one, key))))
        for key in ("trained_on", "measured_on")
    )
    return (
        f"{few.images} photos of `{few.folder}`{of_some(few)}, `{few.command}`, folder digest `{few.folder_sha256[:12]}…`; trained on "
        f"{trained}, measured on {measured}; stacks fitted to latents of training photos"
    )


def _scores(network: TrainedNetwork, with_stack: bool) -> Scores:
    return network.fitted[STEPS_STACK.text] if with_stack else network.scores


def _is_shipped(network: TrainedNetwork) -> bool:
    """Whether it is the one that the zoo has under its name."""
    name = network.config.name
    return name in available_models() and read_info(zoo_checkpoint(name)).weights_sha256 == network.weights_sha256


def _seen_by_vgg(few: FewBits) -> str:
    """What a metric says that was not trained on; empty where it was not measured, or was trained on."""
    found = [one.bought(one.equal, SLOW) for one in few.few_tokens if one.trained.recipe.st_lpips_net != "vgg"]
    sure = [interval for interval in found if interval is not None]
    if not sure or len(sure) < len(found):
        return ""
    better, worse = sum(interval.high < 0 for interval in sure), sum(interval.low > 0 for interval in sure)
    told = [
        f"{word} at {count} of {len(sure)} rates" for word, count in (("better", better), ("worse", worse)) if count
    ]
    return f"; by {METRICS[SLOW]}, on which neither was trained, {listed(told) if told else 'neither is surely better'}"


def _grown(few: FewBits) -> str:
    """How large latents became with noise, and why, while the training is the one that was made before that was mended."""
    why = escape_words(noisy.weights_sha256 for _, noisy in few.noise_pairs)
    sizes = [(plain.latent_rms, noisy.latent_rms) for plain, noisy in few.noise_pairs]
    told = listed(
        [
            f"{noisy:.3g} with noise and {plain:.3g} without"
            for plain, noisy in sizes
            if plain is not None and noisy is not None
        ]
    )
    return f" Root mean square of the latents: {told}.{why}" if told and why else why


def _beside(one: FewTokens) -> str:
    """ "12 bits per token of 8×8 pixels, f8 FSQ 8·8·8·8 − stacks around 10 channels: 2 × 64 codes (12 bits) +1.00 dB [+0.90,
    +1.10], ST-LPIPS (AlexNet) …": beside the stack of as many bits, and the one of most."""
    config = one.trained.config
    against = []
    for stack in dict.fromkeys((one.equal, one.stacks[-1])):
        spec = StackSpec.parse(stack)
        bits = format_bits(bits_of(spec.config(one.plain.config)))
        against.append(f"{short_stack(spec)} ({bits}) {listed([gap(_bought(one, stack)), *_felt(one, stack)])}")
    return (
        f"{format_bits(bits_of(config))} per token of {config.stride}×{config.stride} pixels, {label_of(config.name)} − "
        f"stacks around {one.plain.config.dim} channels: {', and '.join(against)}"
    )


def _felt(one: FewTokens, stack: str) -> list[str]:
    found = {name: one.bought(stack, metric) for metric, name in METRICS.items() if metric != "psnr_db"}
    return [f"{name} {signed(interval)}" for name, interval in found.items() if interval is not None]


def _bought(one: FewTokens, stack: str = "") -> Interval:
    """In PSNR, over the stack of as many bits where no other is named."""
    found = one.bought(stack or one.equal)
    assert found is not None
    return found
