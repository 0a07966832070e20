"""What trainings with other perceptual terms say: a learned metric rewards what was trained on it, pattern or not."""

from __future__ import annotations

from typing import Final

from rfsq.evidence.escaped_noise import escape_words
from rfsq.evidence.loss_search.search import LossSearch, SearchRun, search_command
from rfsq.evidence.statements import Finding, gap
from rfsq.evidence.stored import ResultsError
from rfsq.metrics.intervals import Interval
from rfsq.model.checkpoint import available_models, read_info, zoo_checkpoint
from rfsq.model.zoo import PERCEPTUAL
from rfsq.style.palette import label_of
from rfsq.style.tables import Table
from rfsq.style.wording import format_number, format_score, format_signed, listed

NETWORK: Final = "f8-continuous-10-perceptual"  # on which both networks of ST-LPIPS were tried
CHOSEN, NEXT, STRONG = 0.1, 0.3, 1.0  # weights: of the zoo, of the case against it, of the largest tried
METRIC_NAMES: Final = {
    "st_lpips": "ST-LPIPS (AlexNet)",
    "st_lpips_vgg": "ST-LPIPS (VGG)",
    "psnr_db": "PSNR",
    "ssim": "SSIM",
    "flip": "ꟻLIP",
}
_HIGHER: Final = ("psnr_db", "ssim")
EYE: Final = (
    "Looked at on four test photos, enlarged: with VGG a fine slanted hatching lies over fish, grass and stones; with AlexNet "
    "dark beads stand along thin lines, more of them the larger the weight, and at 1 fine stripes on cloth. Grass and fins are "
    "crisper at 0.3 than at 0.1."
)


def search_finding(search: LossSearch) -> Finding | None:
    """What `gamed_finding` says; None where a training or a score of it is missing."""
    try:
        return gamed_finding(search)
    except (LookupError, ResultsError):
        return None


def gamed_finding(search: LossSearch) -> Finding:
    """Each network rewards what was trained on it. Raises ResultsError or LookupError where a training is missing."""
    chosen, vgg = search.run(NETWORK, CHOSEN), search.run(NETWORK, CHOSEN, "vgg")
    strong = search.run(NETWORK, STRONG)
    alex = [run for run in search.of_network(NETWORK) if run.recipe.st_lpips_net == "alex"]
    disagree = (
        vgg.minus(chosen, "st_lpips_vgg").high < 0
        and vgg.minus(chosen, "st_lpips").low > 0
        and vgg.minus(chosen, "flip").low > 0
    )
    claim = (
        "A learned metric can be gamed: trained with ST-LPIPS (VGG), pictures are better by VGG, worse by AlexNet and by ꟻLIP"
        if disagree
        else "Trained with ST-LPIPS (VGG) or with AlexNet, the metrics do not contradict each other"
    )
    photos = _common_photos([*alex, vgg])
    others = max(run.excess[photos].ratio for run in alex)
    found = vgg.excess[photos]
    return Finding(
        "gamed",
        claim,
        f"{_network_words(search, NETWORK)} With VGG instead of AlexNet at weight {CHOSEN:g}, the VGG distance goes from "
        f"{_mean(chosen, 'st_lpips_vgg')} to {_mean(vgg, 'st_lpips_vgg')}, the AlexNet distance from "
        f"{_mean(chosen, 'st_lpips')} to {_mean(vgg, 'st_lpips')}, ꟻLIP by {_bounds(vgg.minus(chosen, 'flip'))}, PSNR by "
        f"{gap(vgg.minus(chosen, 'psnr_db'))}. AlexNet at {STRONG:g} has the best AlexNet distance, "
        f"{_mean(strong, 'st_lpips')}; by VGG it differs from weight {CHOSEN:g} by "
        f"{_bounds(strong.minus(chosen, 'st_lpips_vgg'))}, in PSNR by {gap(strong.minus(chosen, 'psnr_db'))}, in SSIM by "
        f"{_bounds(strong.minus(chosen, 'ssim'))}. The hatching can be seen without any trained metric: in one band of "
        f"frequencies, stripes {found.period:.1f} pixels apart, VGG's pictures have {found.ratio:.1f} times the energy of the "
        f"originals, AlexNet's at no weight and in no band more than {others:.1f} times ({photos} photos). {EYE} "
        "One training run each.",
        (NETWORK.removesuffix(PERCEPTUAL), NETWORK),
    )


def weight_words(search: LossSearch) -> str:
    """Why the zoo has weight 0.1, and what speaks for 0.3, network by network; empty where they were not both trained."""
    said, moved = [], []
    for network in dict.fromkeys(run.network for run in search.runs.values()):
        weights = {run.recipe.st_lpips_weight for run in search.of_network(network) if _is_plain(run)}
        if not {CHOSEN, NEXT} <= weights:
            continue
        chosen, more = search.run(network, CHOSEN), search.run(network, NEXT)
        moves = {key: more.minus(chosen, key) for key in METRIC_NAMES}
        moved.append(moves)
        said.append(
            f"{label_of(network.removesuffix(PERCEPTUAL))}: AlexNet distance {_bounds(moves['st_lpips'])}, VGG distance "
            f"{_bounds(moves['st_lpips_vgg'])}, PSNR {gap(moves['psnr_db'])}, SSIM {_bounds(moves['ssim'])}, ꟻLIP "
            f"{_bounds(moves['flip'])}"
        )
    if not said:
        return ""
    better, worse = [], []
    for key, name in METRIC_NAMES.items():
        signs = [
            (1 if key in _HIGHER else -1) * interval.mean * interval.excludes_zero
            for interval in (m[key] for m in moved)
        ]
        if min(signs) > 0:
            better.append(name)
        elif max(signs) < 0:
            worse.append(name)
    sides = [f"{listed(names)} for {weight:g}" for names, weight in ((better, NEXT), (worse, CHOSEN)) if names]
    return (
        f"Weight {NEXT:g} − weight {CHOSEN:g}, AlexNet: {'; '.join(said)}. "
        + (f"On every network tried, what speaks: {'; '.join(sides)}. " if sides else "")
        + f"The zoo's weight, {CHOSEN:g}, was set before these trainings; they do not show that "
        "it is the best, and who wants texture more than truth to the pixels may well take more."
    )


def noise_words(search: LossSearch) -> str:
    """What noise on the latents in training costs without any stack; empty where it was not tried."""
    runs = search.of_network(NETWORK)
    noisy = next((run for run in runs if run.recipe.latent_noise), None)
    chosen = next((run for run in runs if _is_plain(run) and run.recipe.st_lpips_weight == CHOSEN), None)
    if noisy is None or chosen is None:
        return ""
    return (
        f"Noise on the latents in training, of up to {noisy.recipe.latent_noise:g} of their deviation, changes PSNR without any "
        f"rounding by {gap(noisy.minus(chosen, 'psnr_db'))} and ST-LPIPS (AlexNet) by {_bounds(noisy.minus(chosen, 'st_lpips'))}."
        + escape_words(run.weights_sha256 for run in search.runs.values() if run.recipe.latent_noise)
    )


def measured_words(search: LossSearch) -> str:
    """On which photos and by which command; of a record without one, where it was measured, and what measures trainings now."""
    command = search_command(search.folder)
    photos = f"{search.images} photos of `{search.folder}`"
    if search.command == command:
        return f"{photos}, measured by `{command}`."
    return (
        f"{photos}, measured on the machine that trained, without a command (“{search.command}”). "
        f"`{command}` measures trainings of your own and adds them."
    )


def kept_words(search: LossSearch) -> str:
    """Whose weights are in this copy: of the others there are scores alone."""
    kept = [
        f"{label_of(run.network.removesuffix(PERCEPTUAL))}, {run.words}"
        for run in search.runs.values()
        if run.network in available_models()
        and read_info(zoo_checkpoint(run.network)).weights_sha256 == run.weights_sha256
    ]
    return f"Of these trainings the weights of {listed(kept) or 'none'} are in this copy."


def search_table(search: LossSearch) -> Table:
    """A row per training: means with 95 % intervals, and the paired difference to weight 0.1 of the same network."""
    rows = []
    for network in dict.fromkeys(run.network for run in search.runs.values()):
        runs = search.of_network(network)
        chosen = next((run for run in runs if _is_plain(run) and run.recipe.st_lpips_weight == CHOSEN), None)
        for run in runs:
            excess = [f"{found.ratio:.2f} at {found.period:.1f} px ({photos})" for photos, found in run.excess.items()]
            cells = [_cell(run, chosen, key) for key in METRIC_NAMES]
            rows.append(
                [
                    label_of(network.removesuffix(PERCEPTUAL)),
                    run.words,
                    *cells,
                    "; ".join(excess) or format_number(None, 0),
                ]
            )
    return Table.of(["network", "term", *METRIC_NAMES.values(), "most added energy (photos)"], rows)


def _network_words(search: LossSearch, network: str) -> str:
    run = search.run(network, CHOSEN)
    return f"{label_of(network.removesuffix(PERCEPTUAL))}, blocks of 8×8 pixels, {run.steps} steps, {search.images} photos."


def _cell(run: SearchRun, chosen: SearchRun | None, metric: str) -> str:
    decimals = 2 if metric == "psnr_db" else 4
    value = run.interval(metric)
    text = f"{value.mean:.{decimals}f} ({value.low:.{decimals}f} … {value.high:.{decimals}f})"
    if chosen is None or run is chosen:
        return text
    moved = run.minus(chosen, metric)
    ends = ", ".join(format_signed(bound, decimals) for bound in (moved.low, moved.high))
    return f"{text} · {format_signed(moved.mean, decimals)} [{ends}]"


def _common_photos(runs: list[SearchRun]) -> int:
    """The most photos on which the added energy of all these was measured. Raises LookupError if there are none."""
    found = set.intersection(*(set(run.excess) for run in runs))
    if not found:
        raise LookupError("the added energy was not measured on the same photos")
    return max(found)


def _is_plain(run: SearchRun) -> bool:
    return run.recipe.st_lpips_net == "alex" and not run.recipe.latent_noise


def _mean(run: SearchRun, metric: str) -> str:
    return format_score(run.interval(metric).mean)


def _bounds(interval: Interval) -> str:
    low, high = (format_signed(bound, 4) for bound in (interval.low, interval.high))
    return f"{format_signed(interval.mean, 4)} [{low}, {high}]"
