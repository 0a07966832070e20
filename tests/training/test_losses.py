"""The loss of a recipe: its terms, their weights, and crops or computers that cannot measure one."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from rfsq.metrics import image as metrics
from rfsq.metrics.st_lpips import StLpipsUnavailable, load_st_lpips
from rfsq.model.config import ModelConfig
from rfsq.model.model import QuantizedAutoencoder
from rfsq.training import losses
from rfsq.training.config import TrainConfig
from rfsq.training.data import PhotoSource
from rfsq.training.loop import latent_noise, train
from rfsq.training.losses import reconstruction_loss
from rfsq.training.run import TrainingError

CPU = torch.device("cpu")


def pair(side: int = 24) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(2, 3, side, side, generator=generator) * 2 - 1
    return x, (x + 0.2 * torch.randn(x.shape, generator=generator)).clamp(-1, 1)


@pytest.mark.parametrize("net", ["alex", "vgg"])
def test_a_term_is_added_with_its_weight(net: str) -> None:
    x, y = pair()
    recipe = TrainConfig(st_lpips_weight=0.3, st_lpips_net=net, ssim_weight=0.1, precision="fp32")  # type: ignore[arg-type]
    wanted = metrics.l1(x, y).mean() + 0.1 * (1 - metrics.ssim(x, y).mean())
    wanted += 0.3 * load_st_lpips(net)(x, y).mean()  # type: ignore[arg-type]
    torch.testing.assert_close(reconstruction_loss(recipe, CPU)(x, y), wanted)


def test_the_l1_of_a_gpu_is_that_of_a_cpu_but_for_rounding() -> None:
    x, y = pair()
    torch.testing.assert_close(losses._mean_l1(x, y), reconstruction_loss(TrainConfig(), CPU)(x, y))


def test_the_gradient_reaches_the_picture_through_the_perceptual_term() -> None:
    x, y = pair()
    y.requires_grad_()
    plain, perceptual = (reconstruction_loss(TrainConfig(st_lpips_weight=w), CPU)(y, x) for w in (0.0, 1.0))
    [first], [second] = torch.autograd.grad(plain, y), torch.autograd.grad(perceptual, y)
    assert second.isfinite().all() and (first - second).abs().max() > 1e-5


def test_crops_that_a_term_cannot_measure_are_refused() -> None:
    with pytest.raises(ValueError, match="ST-LPIPS .alex. needs at least 21 pixels a side, this picture has 16×16"):
        reconstruction_loss(TrainConfig(crop=16, st_lpips_weight=0.1), CPU)


def test_without_the_weights_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rfsq.metrics.st_lpips._weights_file", lambda net: None)
    with pytest.raises(StLpipsUnavailable, match="pip install stlpips-pytorch"):
        reconstruction_loss(TrainConfig(st_lpips_weight=0.1), CPU)


def test_noise_depends_on_the_seed_and_the_step_alone(tiny: Callable[..., ModelConfig]) -> None:
    config, recipe = tiny("continuous", dim=5), TrainConfig(batch_size=64, crop=24, latent_noise=0.5, seed=3)
    noise = latent_noise(7, config, recipe, CPU)
    assert noise is not None and noise.shape == (64, 5, 6, 6)
    again = latent_noise(7, config, recipe, CPU)
    other = latent_noise(8, config, recipe, CPU)
    assert again is not None and other is not None and torch.equal(noise, again) and not torch.equal(noise, other)
    strengths = noise.flatten(1).std(dim=1)
    assert strengths.max() < 0.6 and strengths.min() < 0.1  # every image has its own
    assert latent_noise(7, config, TrainConfig(), CPU) is None


def test_larger_latents_do_not_escape_the_noise(tiny: Callable[..., ModelConfig]) -> None:
    class Scaled(nn.Module):
        """Latents that one number makes larger."""

        def __init__(self, latents: torch.Tensor) -> None:
            super().__init__()
            self.latents, self.scale = latents, nn.Parameter(torch.tensor(3.0))

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return self.scale * self.latents

    class Ratio(nn.Module):
        """What is left of latents when their size is taken out: noise alone can change it."""

        def __init__(self) -> None:
            super().__init__()
            self.factor = nn.Parameter(torch.ones(()))

        def forward(self, latents: torch.Tensor) -> torch.Tensor:
            return self.factor * latents / latents.square().mean().sqrt()

    latents, noise = torch.randn((2, 2, 4, 3, 4, 4), generator=torch.Generator().manual_seed(0))
    model = QuantizedAutoencoder(tiny("continuous", dim=3))
    model.encoder, model.decoder = Scaled(latents), Ratio()  # type: ignore[assignment]
    images = torch.zeros(4, 3, 16, 16)
    (model(images, noise=noise).images - latents).square().mean().backward()
    assert model.encoder.scale.grad.abs() < 1e-6


def test_a_constant_channel_is_given_no_noise_and_a_gradient(tiny: Callable[..., ModelConfig]) -> None:
    model = QuantizedAutoencoder(tiny("continuous", dim=3))
    last = [layer for layer in model.encoder.modules() if isinstance(layer, nn.Conv2d)][-1]
    nn.init.zeros_(last.weight)
    output = model(torch.rand(2, 3, 16, 16), noise=torch.ones(2, 3, 4, 4))
    output.images.sum().backward()
    assert all(parameter.grad.isfinite().all() for parameter in model.parameters())


def test_noise_is_for_models_without_a_quantizer(
    tiny: Callable[..., ModelConfig], photo_folder: Path, tmp_path: Path
) -> None:
    recipe = TrainConfig(epochs=1, batch_size=4, crop=16, latent_noise=0.5)
    with pytest.raises(TrainingError, match="latent_noise is for models without a quantizer; tiny has one"):
        train(tiny(), recipe, PhotoSource(photo_folder), tmp_path / "quantized", progress_bar=False, cpu=True)
    weights = []
    for name, noise in (("without", 0.0), ("with", 0.5), ("again", 0.5)):
        trained = train(
            tiny("continuous", dim=3),
            TrainConfig(epochs=1, batch_size=4, crop=16, latent_noise=noise),
            PhotoSource(photo_folder),
            tmp_path / name,
            progress_bar=False,
            cpu=True,
        )
        weights.append(trained.model.decoder[0].weight)
    assert torch.equal(weights[1], weights[2]) and not torch.equal(weights[0], weights[1])
