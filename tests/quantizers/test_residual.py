"""Residual: a decoder that holds indices (and side information) gets exactly the encoder's tensor, for every strategy."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import torch
from hypothesis import given, strategies as st
from torch import Tensor

from rfsq.quantizers import CONDITIONINGS, FSQ, LFQ, VQ, ConditioningName, Quantizer, QuantizerOutput, Residual
from rfsq.quantizers.conditioning import GlobalLayerNorm
from rfsq.quantizers.conditioning.geometric import bounded, cell_ranges

STAGES = 4


@dataclass(frozen=True)
class Case:
    base: str
    conditioning: ConditioningName

    def __str__(self) -> str:
        return f"{self.base}-{self.conditioning}"

    def build(self, dim: int = 4) -> Residual:
        """A stack whose learned and tracked values are not those of the start, ready for use."""
        makers: dict[str, Callable[[int], Quantizer]] = {
            "fsq": lambda stage: FSQ((5, 4, 3, 8)[:dim]),
            "turns": lambda stage: FSQ(((8, 4, 1, 1), (1, 1, 4, 8), (2, 2, 8, 1), (4, 1, 1, 8))[stage]),
            "lfq": lambda stage: LFQ(dim),
            "vq": lambda stage: VQ(32, dim, seed=stage),
        }
        stack = Residual(makers[self.base], STAGES, self.conditioning, initial_scale=1.3)
        generator = torch.Generator().manual_seed(5)
        with torch.no_grad():
            for parameter in stack.parameters():
                parameter += 0.2 * torch.randn(parameter.shape, generator=generator)
            for module in stack.modules():
                if isinstance(module, GlobalLayerNorm):
                    module.condition(torch.randn(4, dim, 6, 6, generator=generator) * 0.7 + 0.2)
        return stack.eval()


CASES = [Case(base, conditioning) for base in ("fsq", "turns", "lfq", "vq") for conditioning in CONDITIONINGS]
every_case = pytest.mark.parametrize("case", CASES, ids=str)


def latents(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def assert_decodes_exactly(stack: Quantizer, output: QuantizerOutput) -> None:
    assert torch.equal(output.quantized.detach(), output.stages[-1].quantized)
    for k, stage in enumerate(output.stages, start=1):
        assert torch.equal(output.indices[:, k - 1], stage.indices)
        decoded = stack.decode(output.indices[:, :k], output.side)
        assert decoded.dtype == torch.float32 and torch.equal(decoded, stage.quantized)
        if output.side is not None:
            assert torch.equal(stack.decode(output.indices[:, :k], output.side[:, :k].half()), stage.quantized)


@every_case
@pytest.mark.parametrize("batch", [1, 3])
def test_decoding_any_number_of_stages_gives_what_encoding_gave(case: Case, batch: int) -> None:
    stack, z = case.build(), latents(batch, 4, 7, 5)
    variants = [z, z.bfloat16(), z.half(), z.to(memory_format=torch.channels_last), 30 * z, 1e-4 * z, z[..., :1, :1]]
    for variant in variants:
        assert_decodes_exactly(stack, stack(variant))
    with torch.autocast("cpu", torch.bfloat16):
        output = stack(z)
        assert_decodes_exactly(stack, output)
    assert torch.equal(output.indices, stack(z).indices)
    assert torch.equal(stack(z.bfloat16()).indices, stack(z.bfloat16().float()).indices)


@every_case
def test_an_image_does_not_depend_on_its_neighbours(case: Case) -> None:
    stack = case.build()
    for size, layout in itertools.product(
        [(1, 1), (3, 5), (8, 8), (17, 13)], [torch.contiguous_format, torch.channels_last]
    ):
        z = torch.cat([latents(1, 4, *size, seed=seed) * 10 ** (seed - 2) for seed in range(5)])
        together = stack(z.contiguous(memory_format=layout))
        for number in range(len(z)):
            alone = stack(z[number : number + 1].contiguous(memory_format=layout))
            assert torch.equal(alone.indices[0], together.indices[number])
            for mine, ours in zip(alone.stages, together.stages, strict=True):
                assert torch.equal(mine.quantized[0], ours.quantized[number])
            if alone.side is not None and together.side is not None:
                assert torch.equal(alone.side[0], together.side[number])


@pytest.fixture
def two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.slow
@pytest.mark.usefixtures("two_threads")
@pytest.mark.parametrize("dim", [1, 4])
@pytest.mark.parametrize(
    "case", [c for c in CASES if c.conditioning in ("layernorm", "none") and c.base != "turns"], ids=str
)
def test_nor_does_a_large_one_on_several_threads(case: Case, dim: int) -> None:
    stack, z = case.build(dim), latents(2, dim, 160, 230)  # enough for a reduction to be split between threads
    together = stack(z)
    for number in (0, 1):
        alone = stack(z[number : number + 1])
        assert torch.equal(alone.indices[0], together.indices[number])
        assert torch.equal(alone.quantized[0], together.quantized[number])


@every_case
def test_side_information_is_exact_in_float16_and_only_where_needed(case: Case) -> None:
    stack = case.build()
    side = stack(latents(2, 4, 6, 6)).side
    if stack.side_values:
        assert side is not None and side.shape == (2, STAGES, stack.side_values)
        assert torch.equal(side.half().float(), side)
    else:
        assert side is None
    assert stack.side_values == 8 or case.conditioning != "layernorm"


@every_case
def test_nothing_of_one_image_is_left_for_the_next(case: Case) -> None:
    stack = case.build()
    before = {name: tensor.clone() for name, tensor in stack.state_dict().items()}
    first = stack(latents(2, 4, 6, 5))
    stack(40 + latents(1, 4, 9, 9, seed=1))
    assert_decodes_exactly(stack, first)
    assert torch.equal(stack(latents(2, 4, 6, 5)).indices, first.indices)
    assert all(torch.equal(before[name], tensor) for name, tensor in stack.state_dict().items())


@every_case
def test_the_trace_says_what_each_stage_did(case: Case) -> None:
    stack, z = case.build(), latents(3, 4, 6, 5)
    output = stack(z)
    target = bounded(z, cell_ranges(stack.ratios)) if case.conditioning == "geometric" else z
    before = target
    for stage in output.stages:
        after = target - stage.quantized
        torch.testing.assert_close(stage.rms_before, before.square().mean(dim=(1, 2, 3)).sqrt())
        torch.testing.assert_close(stage.rms_after, after.square().mean(dim=(1, 2, 3)).sqrt(), atol=1e-6, rtol=1e-4)
        codes, counts = stage.indices.unique(return_counts=True)
        share = counts.double() / counts.sum()
        assert stage.usage == pytest.approx(len(codes) / stage.codebook_size)
        assert stage.perplexity == pytest.approx(float((-(share * share.log()).sum()).exp()))
        before = after
    assert len(output.stages) == stack.num_stages == STAGES
    assert not any(t.requires_grad for stage in output.stages for t in (stage.quantized, stage.rms_before))


@every_case
def test_training_reaches_the_encoder_and_every_parameter(case: Case) -> None:
    stack, z = case.build().train(), latents(2, 4, 6, 5).requires_grad_()
    output = stack(z)
    ((output.quantized - latents(2, 4, 6, 5, seed=9)).square().sum() + output.aux_loss).backward()
    assert z.grad is not None and bool(z.grad.isfinite().all()) and bool((z.grad != 0).any())
    for name, parameter in stack.named_parameters():
        assert parameter.grad is not None and bool(parameter.grad.isfinite().all()), name
    assert (output.aux_loss == 0) == (case.base in ("fsq", "turns"))


@pytest.mark.parametrize("levels", [(4,) * 3, (8, 5, 2), (64, 3, 16)])
@given(size=st.floats(0.01, 1000), seed=st.integers(0, 1000))
def test_geometric_stages_stay_within_the_analytic_bound(levels: tuple[int, ...], size: float, seed: int) -> None:
    stack = Residual(lambda stage: FSQ(levels, bound="clamp"), 5, "geometric").eval()
    z = size * latents(1, 3, 4, 4, seed=seed)
    target = bounded(z, cell_ranges(stack.bases[0].resolution))  # type: ignore[arg-type]
    ratio = torch.tensor(levels, dtype=torch.float32).view(1, -1, 1, 1)
    for k, stage in enumerate(stack(z).stages, start=1):
        bound = 1 / (ratio - 1) / ratio ** (k - 1)
        assert bool(((target - stage.quantized).abs() <= bound + 1e-6).all())


@pytest.mark.parametrize(("levels", "stages"), [(2, 5), (3, 3), (4, 3)])
def test_geometric_stages_are_digits_of_one_fine_scale(levels: int, stages: int) -> None:
    stack = Residual(lambda stage: FSQ([levels], bound="clamp"), stages, "geometric").eval()
    digits = torch.tensor(list(itertools.product(range(levels), repeat=stages)))  # (L^S, S), in order of value
    values = stack.decode(digits.T[None, :, None].contiguous()).flatten()
    torch.testing.assert_close(
        values.diff(), torch.full((levels**stages - 1,), 2 / (levels - 1) / levels ** (stages - 1))
    )
    again = stack((values / (1 + 1 / (levels - 1))).atanh().mul(1 + 1 / (levels - 1)).view(1, 1, 1, -1))
    assert torch.equal(again.indices[0, :, 0].T, digits)


def test_stages_that_take_turns_geometrically_make_one_fine_scale_per_channel() -> None:
    turns = [(8, 4, 1, 1), (1, 1, 4, 8), (4, 8, 1, 1), (1, 1, 8, 4)]
    stack = Residual(lambda stage: FSQ(turns[stage], bound="clamp"), 4, "geometric").eval()
    z = 3 * latents(1, 4, 50, 60)
    target = bounded(z, cell_ranges((8, 4, 4, 8)))
    stages = stack(z).stages
    assert not stages[0].quantized[:, 2:].any()  # not coded yet
    values = [stages[-1].quantized[0, channel].unique() for channel in range(4)]
    for channel, first in enumerate((8, 4, 4, 8)):  # 32 evenly spaced values, each target at the nearest one
        assert len(values[channel]) == 32
        step = (values[channel][-1] - values[channel][0]) / 31
        torch.testing.assert_close(values[channel].diff(), step.expand(31), atol=1e-6, rtol=1e-4)
        assert float(step) == pytest.approx(2 * first / (first - 1) / 32)
        assert (target - stages[-1].quantized)[0, channel].abs().max() <= step / 2 + 1e-6


@every_case
def test_stage_dropout_hands_over_as_many_stages_as_each_image_keeps(case: Case) -> None:
    stack, z = case.build().train(), latents(STAGES, 4, 6, 5).requires_grad_()
    keep = torch.arange(1, STAGES + 1)
    output = stack(z, keep)
    for image, stages in enumerate(keep.tolist()):
        assert torch.equal(output.quantized[image], output.stages[stages - 1].quantized[image])
    output.quantized.square().sum().backward()
    assert z.grad is not None and bool(z.grad.isfinite().all())
    assert len(output.stages) == STAGES and output.indices.shape[1] == STAGES


def test_geometric_lfq_halves_its_step_at_every_stage() -> None:
    stack, z = Case("lfq", "geometric").build(), latents(2, 4, 8, 8)
    target = bounded(z, cell_ranges((2.0,) * 4))
    for k, stage in enumerate(stack(z).stages, start=1):
        assert (target - stage.quantized).abs().max() <= 2.0 ** (1 - k) + 1e-6


def test_a_channel_that_no_stage_codes_is_refused() -> None:
    with pytest.raises(ValueError, match="no stage codes channel 2"):
        Residual(lambda stage: FSQ((4, 8, 1)), 2)


def test_rates_add_up_over_the_stages() -> None:
    stack = Residual(lambda stage: FSQ((4,) * 5), 4)
    assert stack.codebook_sizes == (1024,) * 4 and stack.bits_per_token == 40 and stack.dim == 5
    assert Residual(lambda stage: VQ(2048, 4), 2).bits_per_token == 22


def test_wrong_latents_are_refused() -> None:
    stack = Case("fsq", "none").build()
    for shape in [(1, 3, 2, 2), (4, 2, 2)]:
        with pytest.raises(ValueError, match=r"shape \(B, 4, h, w\), got"):
            stack(torch.zeros(shape))
    for bad in (torch.nan, torch.inf):
        with pytest.raises(ValueError, match="finite"):
            stack(torch.full((1, 4, 2, 2), bad))


@pytest.mark.parametrize("conditioning", ["none", "layernorm"])
def test_wrong_indices_are_refused(conditioning: ConditioningName) -> None:
    stack = Case("fsq", conditioning).build()
    good, side = torch.zeros(2, STAGES, 3, 3, dtype=torch.int64), torch.ones(2, STAGES, 8)
    assert stack.decode(good, side).shape == (2, 4, 3, 3)
    for indices in (good[:, :0], torch.cat([good, good], dim=1), good[0]):
        with pytest.raises(ValueError, match=r"shape \(B, 1..4, h, w\)"):
            stack.decode(indices, side)
    for indices in (good - 1, good + 480):
        with pytest.raises(ValueError, match="0 … 479"):
            stack.decode(indices, side)
    for dtype in (torch.int32, torch.float32, torch.bool):
        with pytest.raises(ValueError, match="int64"):
            stack.decode(good.to(dtype), side)


def test_wrong_side_information_is_refused() -> None:
    stack = Case("fsq", "layernorm").build()
    indices = torch.zeros(2, 3, 2, 2, dtype=torch.int64)
    good = torch.ones(2, 3, 8)
    for side in (None, good[:1], good[:, :2], good[..., :7], good[0], good.flatten(), good[None]):
        with pytest.raises(ValueError, match=r"side information of shape \(2, 3, 8\)"):
            stack.decode(indices, side)
    for side in (good * torch.nan, good.long()):
        with pytest.raises(ValueError, match="finite floating point"):
            stack.decode(indices, side)


def test_impossible_stacks_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 stage, got 0"):
        Residual(lambda stage: LFQ(3), 0)
    with pytest.raises(ValueError, match="equal channels and codebook sizes"):
        Residual(lambda stage: VQ(16 + stage, 3), 2)
    with pytest.raises(ValueError, match="unknown conditioning"):
        Residual(lambda stage: LFQ(3), 2, "softplus")  # type: ignore[arg-type]
