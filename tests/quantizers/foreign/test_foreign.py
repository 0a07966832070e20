"""A quantizer from outside is called as it wants, and answers in our shapes."""

import sys
from collections import namedtuple
from dataclasses import dataclass

import pytest
import torch
from broken_quantizers import Sound
from torch import Tensor, nn

from rfsq.quantizers import FSQ, Residual
from rfsq.quantizers.foreign import Foreign, ForeignError
from rfsq.quantizers.foreign.fit import fit_foreign

DIM = 3


class Rounds(nn.Module):
    """Signs of 3 channels, in any layout, answered in any form."""

    codebook_size = 8

    def __init__(self, layout: str = "bdhw", order: str = "bhw", form: str = "tuple") -> None:
        super().__init__()
        self.layout, self.order, self.form = layout, order, form

    def forward(self, z: Tensor) -> object:
        if z.ndim != len(self.layout):
            raise ValueError("another layout, please")
        axis = self.layout.index("d")
        if z.shape[axis] != DIM:
            raise ValueError("another layout, please")
        bits = (z > 0).movedim(axis, -1)
        indices = (bits.long() * torch.tensor([1, 2, 4])).sum(-1)
        quantized = torch.where(z > 0, 1.0, -1.0) + (z - z.detach())
        shaped = {
            "bhw": lambda: indices,
            "bshw": lambda: indices[:, None],
            "bhws": lambda: indices[..., None],
            "bn": lambda: indices.flatten(1),
            "bns": lambda: indices.flatten(1)[..., None],
            "bsn": lambda: indices.flatten(1)[:, None],
            "m": lambda: indices.flatten(),
            "ms": lambda: indices.flatten()[:, None],
        }[self.order]()
        loss = z.square().mean()
        if self.form == "dictionary":
            return {"loss": loss, "indices": shaped, "z_q": quantized}
        if self.form == "object":
            return Answer(loss, quantized, shaped)
        if self.form == "named tuple":
            return namedtuple("Named", "indices quantized loss")(shaped, quantized, loss)
        return (quantized, loss, shaped) if self.form == "loss between" else (quantized, shaped, loss)


@dataclass
class Answer:
    aux_loss: Tensor
    quantized: Tensor
    indices: Tensor


def latents() -> Tensor:
    return torch.randn(2, DIM, 4, 5, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(
    ("layout", "order"),
    [("bdhw", "bhw"), ("bdhw", "bshw"), ("bdhw", "bhws"), ("bhwd", "bhw"), ("bhwd", "m"), ("bhwd", "ms")]
    + [("bnd", "bn"), ("bnd", "bns"), ("bnd", "bsn"), ("bdn", "bn"), ("bdn", "bsn")],
)
@pytest.mark.parametrize("stated", [True, False])
def test_every_layout_and_order_of_indices_gives_the_same_result(layout: str, order: str, stated: bool) -> None:
    module = Rounds(layout, order)
    if not stated:
        module = type("Unsaid", (nn.Module,), {"codebook_size": 8, "forward": lambda self, z, inner=module: inner(z)})()
    output = Foreign(module, DIM)(z := latents())
    assert torch.equal(output.quantized, torch.where(z > 0, 1.0, -1.0))
    assert torch.equal(output.indices[:, 0], ((z > 0).long() * torch.tensor([1, 2, 4]).view(1, 3, 1, 1)).sum(1))


@pytest.mark.parametrize("form", ["tuple", "loss between", "dictionary", "object", "named tuple"])
def test_answers_of_every_form_are_read(form: str) -> None:
    output = Foreign(Rounds(form=form), DIM)(z := latents())
    assert float(output.aux_loss) == pytest.approx(float(z.square().mean()))
    assert output.indices.shape == (2, 1, 4, 5) and output.stages[0].codebook_size == 8


def test_bits_are_counted_from_what_the_module_states() -> None:
    class Unsaid(Rounds):
        codebook_size = None

    for attribute, value in {"levels": [2, 2, 2], "codebook_sizes": (8,), "codebook": torch.zeros(8, 3)}.items():
        module = Unsaid()
        setattr(module, attribute, value)
        assert Foreign(module, DIM).bits_per_token == 3
    with pytest.raises(ForeignError, match="give it an attribute codebook_size"):
        Foreign(Unsaid(), DIM)


def test_what_each_stage_adds_is_read_from_a_decoder_that_takes_the_first_stages() -> None:
    foreign = Foreign(Sound().eval(), DIM)
    output = foreign(z := latents())
    first, last = (stage.quantized for stage in output.stages)
    assert torch.equal(last, output.quantized) and not torch.equal(first, last)
    assert (z - last).square().mean() < (z - first).square().mean()
    torch.testing.assert_close(foreign.decode(output.indices), output.quantized)


@pytest.mark.parametrize("grad", [True, False])
def test_totals_that_nobody_knows_are_not_made_up(grad: bool) -> None:
    module = Sound()
    module.decode = None  # type: ignore[assignment]
    with torch.set_grad_enabled(grad):
        first, last = Foreign(module, DIM).eval()(latents()).stages
    assert first.quantized.isnan().all() and last.quantized.isfinite().all()


def test_one_of_ours_is_taken_like_any_other_with_its_side_information() -> None:
    ours = Residual(lambda stage: FSQ([4] * DIM), 2, "layernorm").eval()
    foreign, z = Foreign(ours, DIM).eval(), latents()
    output, mine = foreign(z), ours(z)
    assert foreign.side_values == ours.side_values and torch.equal(output.quantized, mine.quantized)
    assert torch.equal(foreign.decode(output.indices, output.side), mine.quantized)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (lambda z: z, "no integer tensor"),
        (lambda z: (z[:, :1], z.long()), "quantized latents have the shape of the latents"),
        (lambda z: (z, torch.zeros(3, dtype=torch.int64)), "do not fit 2 images"),
        (lambda z: 1 / 0, r"test_foreign.py:\d+, called with latents: ZeroDivisionError"),
        (lambda z: sys.exit(), "sys.exit"),
    ],
)
def test_an_answer_that_cannot_be_used_ends_in_a_sentence(answer, sentence: str) -> None:
    module = type("Wrong", (nn.Module,), {"codebook_size": 8, "forward": lambda self, z: answer(z)})()
    with pytest.raises(ForeignError, match=sentence):
        Foreign(module, DIM)


def test_an_index_outside_its_codebook_is_refused() -> None:
    module = Rounds()
    module.codebook_size = 4
    foreign = Foreign(module, DIM)
    with pytest.raises(ForeignError, match="outside 0 … 3"):
        foreign(latents())


def test_fitting_trains_what_can_be_trained_and_scales_the_rest() -> None:
    z = latents() * 3
    scaled = Foreign(Rounds(), DIM)
    facts = fit_foreign(scaled, z, steps=20)
    assert (facts.steps, facts.parameters) == (0, 0) and facts.gain < 1
    assert (scaled(z).quantized - z).square().mean() < (Rounds()(z)[0] - z).square().mean()

    class Learns(Rounds):
        def __init__(self) -> None:
            super().__init__()
            self.size = nn.Parameter(torch.ones(()))

        def forward(self, z: Tensor) -> object:
            quantized, indices, _ = super().forward(z)
            return quantized * self.size, indices

    learning = Foreign(Learns(), DIM)
    facts = fit_foreign(learning, z, steps=20)
    assert (facts.steps, facts.parameters, facts.gain) == (20, 1, 1.0)
    assert learning.module.size.item() > 1.005 and not learning.training
