"""What the networks of few bits say, as findings and as a table."""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import fmean
from typing import Final

from rfsq.evidence.escaped_noise import escape_words
from rfsq.evidence.few_bits.measure import STEPS_STACK
from rfsq.evidence.few_bits.networks import SLOW, FewBits, FewTokens, Scores, TrainedNetwork, bits_of, measured, paired
from rfsq.evidence.statements import NO_FINDING_DB, Finding, gap
from rfsq.metrics.intervals import Interval
from rfsq.model.checkpoint import available_models, read_info, zoo_checkpoint
from rfsq.model.config import ModelConfig
from rfsq.model.stack import StackSpec
from rfsq.style.palette import label_of
from rfsq.style.tables import Table
from rfsq.style.wording import MISSING, format_bits, format_signed, listed
from rfsq.training.config import TrainConfig

METRICS: Final = {"psnr_db": "PSNR dB", "st_lpips": "ST-LPIPS (AlexNet)", "st_lpips_vgg": "ST-LPIPS (VGG)"}
_NETS: Final = {"alex": "AlexNet", "vgg": "VGG"}


def few_bits_findings(few: FewBits) -> list[Finding]:
    """All that were measured."""
    found = (together_finding(few), few_tokens_finding(few), latent_noise_finding(few), steps_finding(few))
    return [finding for finding in found if finding is not None]


def few_bits_tables(few: FewBits) -> list[Table]:
    """All that were measured."""
    return [make(few) for rows, make in ((few.together, together_table), (few.few_tokens, few_tokens_table)) if rows]


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
    lines = [_moved(few, spec.text) for spec in bought if spec.conditioning != "none"]
    lines += [_moved(few, spec.text) for spec in bought if spec.conditioning == "none"]
    network = next(one for one in few.networks.values() if one.stack in few.together)
    side = network.config.stride
    return Finding(
        "few-bits",
        f"At blocks of {side}×{side} pixels training together buys {format_signed(none.mean, 1)} dB for none and {spread} dB "
        "for a conditioned stack",
        f"{_rate(network.config)}, {_loss(network.recipe)}, {network.steps:,} steps, trained "
        f"together − fitted afterwards to a network of the same width: {'; '.join(lines)}. {few.images} photos{_of_some(few)}, one "
        f"training run each, so less than {NO_FINDING_DB} dB says nothing.",
        (),
    )


def few_tokens_finding(few: FewBits) -> Finding | None:
    """What training together buys a quantizer of few channels; None where it was not measured."""
    if not few.few_tokens:
        return None
    first = few.few_tokens[0].trained
    gains = [
        f"{format_signed(_bought(one).mean, 1)} dB at {_bpp(one.trained.config):.2f} bpp" for one in few.few_tokens
    ]
    lines = [_beside(one) for one in few.few_tokens]
    return Finding(
        "few-tokens",
        f"Training together buys {listed(gains)} over stacks of as many bits that are fitted afterwards{_seen_by_vgg(few)}",
        f"{_loss(first.recipe)}, {first.steps:,} steps, trained together − fitted afterwards: {'; '.join(lines)}. The fitted "
        "stacks lie around more channels and are of another kind, so the difference is not the effect of training together "
        f"alone. {few.images} photos{_of_some(few)}, one training run each, so less than {NO_FINDING_DB} dB says nothing.",
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
        f"{short_stack(StackSpec.parse(stack))} {gap(interval)}, ST-LPIPS {_signed(few.helped(stack, 'st_lpips'))}"
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
    moved = _difference(_scores(last, with_stack), _scores(before, with_stack))
    doublings = math.log2(last.steps / before.steps)
    each = moved.mean / doublings
    longest = f"the zoo's {last.steps:,}" if _is_shipped(last) else f"{last.steps:,}"
    little = "" if moved.low / doublings > NO_FINDING_DB else "little at the end: "
    claim = f"More steps of training bought {little}{format_signed(each, 2)} dB per doubling up to {longest}"
    around = f"with {short_stack(STEPS_STACK)} fitted to it" if with_stack else "without any rounding"
    earlier = [
        f"{one.steps:,} → {two.steps:,} {gap(_difference(_scores(two, with_stack), _scores(one, with_stack)))}"
        for one, two in pairwise(runs)
    ]
    config, recipe = last.config, last.recipe
    felt = _signed(_difference(_scores(last, with_stack), _scores(before, with_stack), "st_lpips"))
    devices = listed(list(dict.fromkeys(one.trained_on for one in runs)))
    return Finding(
        "more-steps",
        claim,
        f"One network, blocks of {config.stride}×{config.stride} pixels, {config.dim} channels, {_loss(recipe)}, "
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


def together_table(few: FewBits) -> Table:
    """A row per stack: fitted, trained together, and the difference."""
    shown = [metric for metric in METRICS if all(metric in fitted for fitted, _ in few.together.values())]
    rows = []
    for stack, (fitted, trained) in few.together.items():
        cells = [StackSpec.parse(stack).conditioning]
        for metric in shown:
            found, decimals = few.bought(stack, metric), 2 if metric == "psnr_db" else 4
            cells += [_mean(fitted, metric, decimals), MISSING if trained is None else _mean(trained, metric, decimals)]
            cells.append(_optional(found, decimals))
        rows.append(cells)
    stacks = {(spec.stages, spec.levels) for spec in map(StackSpec.parse, few.together)}
    sizes = listed(sorted(f"{stages} stages of {levels[0]} levels" for stages, levels in stacks))
    header = [f"{_header(few, metric)}, {which}" for metric in shown for which in ("fitted", "together", "difference")]
    return Table.of([sizes, *header], rows)


def few_tokens_table(few: FewBits) -> Table:
    """A row for each network trained together, and for each stack that is fitted to a wider one."""
    names = {"psnr_db": 2, "st_lpips": 4, "st_lpips_vgg": 4}
    shown = [metric for metric in names if all(one.bought(one.equal, metric) is not None for one in few.few_tokens)]
    rows = []
    for one in few.few_tokens:
        side, config = one.trained.config.stride, one.trained.config
        means = [_mean(one.trained.scores, metric, names[metric]) for metric in shown]
        facts = [f"{config.dim}", format_bits(bits_of(config)), f"{_bpp(config):.3f}"]
        rows.append(
            [f"{side}×{side} trained together: {label_of(config.name)}", *facts, *means, *[MISSING] * len(shown)]
        )
        for stack in one.stacks:
            config = StackSpec.parse(stack).config(one.plain.config)
            facts = [f"{config.dim}", format_bits(bits_of(config)), f"{_bpp(config):.3f}"]
            means = [_mean(one.plain.fitted[stack], metric, names[metric]) for metric in shown]
            bought = [_optional(one.bought(stack, metric), names[metric]) for metric in shown]
            rows.append([f"{side}×{side} fitted: {short_stack(StackSpec.parse(stack))}", *facts, *means, *bought])
    scores = [_header(few, metric) for metric in shown]
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
        f"{few.images} photos of `{few.folder}`{_of_some(few)}, `{few.command}`, folder digest `{few.folder_sha256[:12]}…`; trained on "
        f"{trained}, measured on {measured}; stacks fitted to latents of training photos"
    )


def _difference(scores: Scores, reference: Scores, metric: str = "psnr_db") -> Interval:
    """Of what was measured of all photos."""
    found = paired(scores, reference, metric)
    assert found is not None
    return found


def _scores(network: TrainedNetwork, with_stack: bool) -> Scores:
    return network.fitted[STEPS_STACK.text] if with_stack else network.scores


def _is_shipped(network: TrainedNetwork) -> bool:
    """Whether it is the one that the zoo has under its name."""
    name = network.config.name
    return name in available_models() and read_info(zoo_checkpoint(name)).weights_sha256 == network.weights_sha256


def _rate(config: ModelConfig) -> str:
    """ "40 bits per token, 0.625 bpp": without side information."""
    return f"{format_bits(bits_of(config))} per token, {_bpp(config):.3f} bpp"


def _bpp(config: ModelConfig) -> float:
    return bits_of(config) / config.stride**2


def _loss(recipe: TrainConfig) -> str:
    term = f" + {recipe.st_lpips_weight:g} × ST-LPIPS ({_NETS[recipe.st_lpips_net]})"
    return f"L1{term if recipe.st_lpips_weight else ''}"


def _moved(few: FewBits, stack: str) -> str:
    """ "scale +0.01 dB […] and ST-LPIPS (AlexNet) −0.0001 […]"."""
    found = few.bought(stack)
    assert found is not None
    others = [
        f"{name} {_signed(interval)}"
        for metric, name in METRICS.items()
        if metric != "psnr_db" and (interval := few.bought(stack, metric)) is not None
    ]
    return f"{StackSpec.parse(stack).conditioning} {gap(found)}, {listed(others)}"


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
    return [f"{name} {_signed(interval)}" for name, interval in found.items() if interval is not None]


def _bought(one: FewTokens, stack: str = "") -> Interval:
    """In PSNR, over the stack of as many bits where no other is named."""
    found = one.bought(stack or one.equal)
    assert found is not None
    return found


def _of_some(few: FewBits) -> str:
    """ ", ST-LPIPS (VGG) on 100 of them", where it was not measured of all photos."""
    counts = _counts(few)
    some = listed([f"{count}" for count in counts])
    return f", {METRICS[SLOW]} on {some} of them" if {*counts} - {few.images} else ""


def _counts(few: FewBits) -> list[int]:
    """How many photos SLOW was measured of."""
    every = [scores for one in few.networks.values() for scores in (one.scores, *one.fitted.values())]
    return sorted({len(measured(scores, SLOW)) for scores in every if SLOW in scores})


def _header(few: FewBits, metric: str) -> str:
    """A metric's name, with the number of photos where it is not that of all: "ST-LPIPS (VGG, 100 photos)"."""
    counts = _counts(few)
    if metric != SLOW or not {*counts} - {few.images}:
        return METRICS[metric]
    return METRICS[metric].replace(")", f", {' or '.join(map(str, counts))} photos)")


def _optional(interval: Interval | None, decimals: int) -> str:
    return MISSING if interval is None else _signed(interval, decimals)


def _mean(scores: Scores, metric: str, decimals: int) -> str:
    """Over the photos that it was measured of."""
    places = measured(scores, metric)
    return f"{fmean(scores[metric][place] for place in places):.{decimals}f}" if places else MISSING


def _signed(interval: Interval, decimals: int = 4) -> str:
    low, high = (format_signed(bound, decimals) for bound in (interval.low, interval.high))
    return f"{format_signed(interval.mean, decimals)} [{low}, {high}]"


def short_stack(spec: StackSpec) -> str:
    """ "4 × 2 levels scale", "2 × 64 codes"."""
    return f"{spec.stages} × {f'{spec.levels[0]} levels {spec.conditioning}' if spec.levels else f'{spec.codes} codes'}"
