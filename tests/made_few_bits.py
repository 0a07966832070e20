"""Networks of few bits with made-up scores."""

from __future__ import annotations

from dataclasses import replace

from rfsq.evidence.few_bits.measure import NOISE_STACKS, STEPS_STACK
from rfsq.evidence.few_bits.networks import FewBits, Scores, TrainedNetwork
from rfsq.model.config import ModelConfig
from rfsq.training.config import TrainConfig

STACK = "fsq:levels=4,stages=4,conditioning="
SPREAD = (-1.0, 0.0, 1.0)
RECIPE = TrainConfig(crop=64, st_lpips_weight=0.1)


def scores(psnr: float, distance: float, vgg: float | None = None) -> Scores:
    found = {
        "psnr_db": tuple(psnr + step for step in SPREAD),
        "st_lpips": tuple(distance * (1 + 0.1 * step) for step in SPREAD),
    }
    return found if vgg is None else found | {"st_lpips_vgg": tuple(vgg * (1 + 0.1 * step) for step in SPREAD)}


def network(name: str, conditioning: str | None = None, dim: int = 5, steps: int = 70) -> TrainedNetwork:
    shape = {"hidden": (8, 16), "stride": 8, "network": "residual"}
    config = (
        ModelConfig(name, "continuous", dim, **shape)  # type: ignore[arg-type]
        if conditioning is None
        else ModelConfig(name, "fsq", dim, levels=(4,) * dim, num_stages=4, conditioning=conditioning, **shape)  # type: ignore[arg-type]
    )
    return TrainedNetwork(config, RECIPE, steps, "a GPU", "0" * 64, "a CPU")


def made_few_bits(noisy: float = 26.0, longest: float = 31.0, vgg: bool = True) -> FewBits:
    """Trained together against fitted; with noise against without; trainings of 10, 20, 40 and 160 steps."""
    wide = network("wide", dim=10, steps=40)
    stacks = [spec.text for spec in NOISE_STACKS]

    def fitted(conditioning: str, psnr: float, distance: float) -> dict[str, Scores]:
        return {STACK + conditioning: scores(psnr, distance, 0.3 if vgg else None)}

    def together(conditioning: str, psnr: float, distance: float) -> TrainedNetwork:
        found = scores(psnr, distance, 0.2 if vgg else None)
        return replace(network(f"f8-{conditioning}", conditioning), scores=found)

    def steps(count: int, psnr: float) -> TrainedNetwork:
        around = {STEPS_STACK.text: scores(psnr - 5, 0.1)}
        recipe = replace(RECIPE, epochs=max(1, count // 10))
        return replace(wide, steps=count, recipe=recipe, scores=scores(psnr, 0.05), fitted=around)

    longer = steps(40, 30.0)
    plain = replace(longer, fitted={**longer.fitted, stacks[0]: scores(25.0, 0.1)})
    noise = replace(plain.recipe, latent_noise=0.3)
    return FewBits(
        "python -m rfsq results --images eval --few-bits DIR",
        "eval",
        "0" * 64,
        len(SPREAD),
        3,
        {
            "f8": replace(
                network("f8"),
                scores=scores(28.0, 0.04),
                fitted=fitted("none", 22.0, 0.2) | fitted("scale", 25.5, 0.07) | fitted("gain", 23.0, 0.1),
            ),
            "f8-none": together("none", 25.0, 0.07),
            "f8-scale": together("scale", 26.0, 0.06),
            "10": steps(10, 26.0),
            "20": steps(20, 28.0),
            "40": plain,
            "160": steps(160, longest),
            "noise": replace(wide, recipe=noise, scores=scores(28.0, 0.05), fitted={stacks[0]: scores(noisy, 0.09)}),
        },
    )


EQUAL = "vq:codes=8,stages=2,conditioning=none"
MOST = "vq:codes=1024,stages=2,conditioning=none"


def with_few_tokens(few: FewBits, vgg: bool = True) -> FewBits:
    """And a network of two channels that was trained together with 6 bits, 2 dB above the stack of as many."""
    config = replace(network("f8").config, name="f8-fsq-8x8", kind="fsq", dim=2, levels=(8, 8))
    narrow = replace(network("f8"), config=config, scores=scores(24.0, 0.1, 0.2 if vgg else None))
    wide = few.networks["f8"]
    fitted = {**wide.fitted, EQUAL: scores(22.0, 0.2, 0.3 if vgg else None), MOST: scores(25.0, 0.05)}
    return replace(few, networks={**few.networks, "f8": replace(wide, fitted=fitted), "narrow": narrow})
