"""Exercises: a right answer is accepted, a wrong one is not, none at all is no mistake."""

import math

import pytest
import torch

from rfsq.teaching.exercises import EXERCISES, check, verdict


def right_rounding(z, levels):
    bounded, half = z.tanh(), (levels - 1) / 2
    return bounded + (((bounded + 1) * half).round() / half - 1 - bounded).detach()


def digits(index, levels):
    found = []
    for level in levels:
        found.append(index % level)
        index //= level
    return found


def loop(z, base, strategies):
    residual, total = z, torch.zeros_like(z)
    for strategy in strategies:
        conditioned, side = strategy.condition(residual)
        sent = strategy.undo(base.quantize(conditioned).codes, side)
        residual, total = residual - sent, total + sent
    return total


def forgetful(z, base, strategies):
    """Divides by nothing afterwards."""
    residual, total = z, torch.zeros_like(z)
    for strategy in strategies:
        sent = base.quantize(strategy.condition(residual)[0]).codes
        residual, total = residual - sent, total + sent
    return total


RIGHT = {
    "nominal bytes": [480 * 270 * 5 + 80],
    "rounding": [right_rounding],
    "mixed radix": [digits],
    "uniform error": [0.25 / math.sqrt(3), 0.144],
    "first entropy": [3.964],
    "stall": [1 / 3 / math.sqrt(3), 0.19],
    "undo layernorm": [lambda y, mean, std, gain, bias: (y - bias) / gain * std + mean],
    "conditioned loop": [loop],
    "beat the grid": [(0.88, 2.72, 8.56, 28.29)],
    "equal bits": [(16,) * 5, [4, 64, 16, 16, 16]],
    "one percent": [160],
    "softplus": [math.log(math.e - 1)],
    "codes seen": [1024 * (1 - (1 - 1 / 1024) ** 1024), 647],
    "two naive stages": [lambda z: torch.where(z.abs() < 1, z, z - 2 * z.sign())],
    "binary factors": [(2, 4, 8, 16)],
    "least expected error": [lambda pictures: pictures.median(dim=0).values],
    "likely white": [0.6],
}
WRONG = {
    "nominal bytes": [480 * 270 * 5, 0, "many"],
    "rounding": [
        lambda z, levels: z.tanh(),
        lambda z, levels: right_rounding(z, levels).detach(),
        lambda z, levels: right_rounding(z, 8),
        lambda z, levels: 2 * right_rounding(z, levels),
        lambda z, levels: right_rounding(z, levels).detach() + z - z.detach(),
        5,
    ],
    "mixed radix": [
        lambda index, levels: digits(index, levels)[::-1],
        lambda index, levels: [0] * len(levels),
        [1, 4, 1, 3],
    ],
    "uniform error": [0.25, 0.125, 0.5 / math.sqrt(3)],
    "first entropy": [4, 1.98, 3.5, "much"],
    "stall": [0.33, 0.004, 0],
    "conditioned loop": [forgetful, lambda z, base, strategies: z, lambda z, base, strategies: None],
    "beat the grid": [(1, 4, 16, 64), (0.79, 2.56, 8.26, 26.63), (1, 1, 1), (0, 1, 2, 3)],
    "undo layernorm": [
        lambda y, mean, std, gain, bias: y * std + mean,
        lambda y, mean, std, gain, bias: torch.zeros(3),
    ],
    "equal bits": [(4,) * 5, (8,) * 5, (16,) * 4, "16"],
    "one percent": [156, 164, 159.2],
    "softplus": [0, 1, 0.69],
    "codes seen": [1024, 512, "many"],
    "two naive stages": [lambda z: z, lambda z: z - z.sign(), lambda z: 0, 5],
    "binary factors": [(1, 2, 4, 8), (2, 4, 8), (1, 1, 1, 1), (-2, 4, 8, 16), "many"],
    "least expected error": [lambda pictures: pictures.mean(dim=0), lambda pictures: pictures[0], lambda pictures: 0],
    "likely white": [1, 0.8, 0, "grey"],
}


@pytest.mark.parametrize("name", EXERCISES)
def test_right_answers_are_accepted(name):
    assert [verdict(name, answer).kind for answer in RIGHT[name]] == ["right"] * len(RIGHT[name])


@pytest.mark.parametrize("name", EXERCISES)
def test_wrong_answers_are_told_so_and_what_is_wrong(name):
    for answer in WRONG[name]:
        found = verdict(name, answer)
        assert found.kind == "wrong" and len(found.words) > len("Not yet: ")


@pytest.mark.parametrize("name", EXERCISES)
def test_no_answer_yet_says_what_to_do(name, capsys):
    assert verdict(name, None).kind == "open"
    check(name, None)
    assert "replace None" in capsys.readouterr().out


def test_an_exercise_that_does_not_exist_is_an_error():
    with pytest.raises(ValueError, match="no exercise"):
        verdict("cooking", 1)
