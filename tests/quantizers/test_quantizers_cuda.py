"""On a GPU, quantizers give what they give on a CPU: indices, values, and what a decoder makes of the indices."""

from collections.abc import Callable

import pytest
import torch

from rfsq.quantizers import FSQ, LFQ, VQ, Quantizer, Residual

pytestmark = pytest.mark.cuda

QUANTIZERS: dict[str, Callable[[], Quantizer]] = {
    "fsq": lambda: FSQ((8, 5, 5, 4)),
    "lfq": lambda: LFQ(12),
    "vq": lambda: VQ(512, 4),
    **{
        f"rfsq {conditioning}": lambda conditioning=conditioning: Residual(
            lambda stage: FSQ((4,) * 5, bound="clamp" if conditioning == "geometric" else "tanh"), 4, conditioning
        )
        for conditioning in ("none", "scale", "layernorm", "layernorm-global", "geometric")
    },
    "rvq": lambda: Residual(lambda stage: VQ(64, 3, seed=stage), 3),
}


@pytest.mark.parametrize("name", QUANTIZERS)
def test_a_gpu_rounds_as_a_cpu_does(name: str) -> None:
    quantizer = QUANTIZERS[name]().eval()
    z = torch.randn(2, quantizer.dim, 31, 17, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        here = quantizer(z)
        there = quantizer.cuda()(z.cuda())
    same = (here.indices == there.indices.cpu()).all(dim=1)
    assert same.float().mean() > 0.999  # sums and tanh may differ in the last bit, where a value lies on an edge
    if here.side is None:
        agree = same[:, None].expand_as(z)
        torch.testing.assert_close(there.quantized.cpu()[agree], here.quantized[agree], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", QUANTIZERS)
def test_indices_decode_to_what_the_encoder_had(name: str) -> None:
    quantizer = QUANTIZERS[name]().eval().cuda()
    z = torch.randn(2, quantizer.dim, 9, 13, device="cuda", generator=torch.Generator("cuda").manual_seed(1))
    with torch.no_grad():
        output = quantizer(z)
        assert torch.equal(quantizer.decode(output.indices, output.side), output.quantized)


@pytest.mark.parametrize("name", QUANTIZERS)
def test_one_training_step_gives_the_gradient_of_a_cpu(name: str) -> None:
    gradients = []
    for device in ("cpu", "cuda"):
        quantizer = QUANTIZERS[name]().to(device).train()
        z = (
            torch.randn(2, quantizer.dim, 12, 12, generator=torch.Generator().manual_seed(5))
            .to(device)
            .requires_grad_()
        )
        output = quantizer(z)
        (output.quantized.square().mean() + output.aux_loss).backward()
        assert z.grad is not None
        gradients.append(z.grad.cpu())
    difference = (gradients[0] - gradients[1]).norm() / gradients[0].norm()
    assert difference < (0.05 if "v" in name else 0.01)  # k-means and codes at an edge may fall to the other side
