"""A made-up search for a perceptual term: the metrics contradict each other, or do not."""

from collections.abc import Mapping
from dataclasses import replace

from rfsq.evidence.loss_search.search import LossSearch, SearchRun
from rfsq.metrics.spectrum import Excess
from rfsq.training.config import TrainConfig

USUAL = Excess(1.1, 5.5)
NETWORK = "f8-continuous-10-perceptual"
CHOSEN = {"psnr_db": 28.0, "ssim": 0.83, "flip": 0.11, "st_lpips": 0.042, "st_lpips_vgg": 0.21}


def made_search(vgg: Mapping[str, float]) -> LossSearch:
    """vgg: what the training with VGG scores otherwise than the one with AlexNet at weight 0.1."""
    more = {"st_lpips": 0.03, "st_lpips_vgg": 0.2, "psnr_db": 27.5, "ssim": 0.82}
    strong = {"st_lpips": 0.02, "psnr_db": 26.7, "ssim": 0.79}
    runs = {
        "alex0.1": _run(0.1, CHOSEN),
        "alex0.3": _run(0.3, CHOSEN | more),
        "alex1.0": _run(1.0, CHOSEN | strong),
        "vgg0.1": _run(0.1, CHOSEN | dict(vgg), net="vgg", added=Excess(4.0, 2.6)),
        "noise": _run(0.1, CHOSEN | {"psnr_db": 27.0}, noise=0.3),
    }
    return LossSearch("a command", "eval", "0" * 64, 3, runs)


def _run(
    weight: float, scores: Mapping[str, float], net: str = "alex", noise: float = 0.0, added: Excess = USUAL
) -> SearchRun:
    recipe = replace(TrainConfig(), st_lpips_weight=weight, st_lpips_net=net, latent_noise=noise)
    spread = {metric: tuple(value * (1 + step) for step in (-0.01, 0.0, 0.01)) for metric, value in scores.items()}
    return SearchRun(NETWORK, recipe, 100, 1.0, "a GPU", f"{weight}{net}{noise}", "a GPU", spread, {3: added})
