"""What a quantizer left behind is examined without it: what can be seen is, and what cannot is said."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
import torch
from broken_quantizers import Sound
from torch import Tensor

from rfsq.evidence.doctor.arranged import Arranged, at_most
from rfsq.evidence.doctor.line import Line
from rfsq.evidence.doctor.tensors import LEVELS_LIMIT, examine_arranged, lines_csv, read_numbers
from rfsq.style.wording import NARROW_SPACE


def latents(rms: float = 0.6) -> Tensor:
    return torch.randn(64, 3, 8, 8, generator=torch.Generator().manual_seed(1)) * rms


def left_behind(rms: float = 0.6) -> Arranged:
    """What the sound quantizer of two stages leaves of latents this strong, with what each stage adds."""
    z, module = latents(rms), Sound().eval()
    first, second = (module.value(module.digits(z if not k else z - _first(module, z), k), k) for k in (0, 1))
    indices = module(z.movedim(1, -1))[1].movedim(-1, 1)
    return Arranged(indices, z, (first, second), "int64", of_images=64)


def _first(module: Sound, z: Tensor) -> Tensor:
    return module.value(module.digits(z, 0), 0)


def of(lines: tuple[Line, ...]) -> dict[str, Line]:
    return {line.check: line for line in lines}


def red(lines: tuple[Line, ...]) -> dict[str, str]:
    return {line.check: line.value for line in lines if line.verdict == "red"}


def test_stage_by_stage_everything_can_be_seen_and_nothing_is_wrong() -> None:
    report, seen = examine_arranged(left_behind(), sizes=(64,), levels=(4, 4, 4))
    assert {line.verdict for line in report.lines} <= {"green", "yellow"}
    lines = of(report.lines)
    assert lines["dead levels"].value == "in use: 4 of 4 · 4 of 4 · 4 of 4"
    assert lines["signal ÷ spacing"].value.startswith("0.90 · ")  # 0.6 of spacings of 2/3
    assert {"index ↔ code", "side information", "channels"} <= set(lines)
    assert seen is not None and report.codebook_sizes == (64, 64) and report.bits_per_token == 12
    words = report.words.replace(NARROW_SPACE, " ")
    assert (
        words
        == "4 096 tokens of 64 images, 3 channels (first axis) and 2 indices (first axis) of 12 bits together each."
    )


@pytest.mark.parametrize(("rms", "verdict"), [(0.3, "yellow"), (0.36, "green")])
def test_a_signal_below_half_a_spacing_is_yellow_as_the_sentence_says(rms: float, verdict: str) -> None:
    line = of(examine_arranged(left_behind(rms), sizes=(64,), levels=(4, 4, 4))[0].lines)["signal ÷ spacing"]
    assert line.verdict == verdict, line.value  # 0.45 and 0.54 of spacings of 2/3
    assert ("half a spacing" in line.cure) == (verdict == "yellow")


def test_of_the_sum_alone_the_stages_cannot_be_seen_and_that_is_said() -> None:
    found = left_behind()
    whole = Arranged(found.indices, found.latents, (sum(found.parts),), "int64", of_images=64)  # type: ignore[arg-type]
    lines = of(examine_arranged(whole, sizes=(64,))[0].lines)
    for check in ("saturation", "dead levels", "signal ÷ spacing", "what each stage adds"):
        assert lines[check].verdict == "yellow" and "cannot be seen" in lines[check].value


def test_levels_are_read_off_indices_alone() -> None:
    found = left_behind()
    assert found.indices is not None
    indices = found.indices.clone()
    indices[:, 0] = indices[:, 0] // 4 * 4 + (indices[:, 0] % 4).clamp(
        min=1
    )  # the first channel loses its lowest level
    report, _ = examine_arranged(Arranged(indices, None, (), "int64", 64), levels=(4, 4, 4))
    line = of(report.lines)["dead levels"]
    assert (line.verdict, line.value) == ("yellow", "in use: 3 of 4 · 4 of 4 · 4 of 4")
    assert "the first changing fastest" in line.sample and "signal ÷ spacing" not in of(report.lines)


def test_faults_of_indices_alone_are_red() -> None:
    def lines_of(indices: Tensor, kind: str = "int64", sizes: tuple[int, ...] = (16,)) -> dict[str, str]:
        return red(examine_arranged(Arranged(indices, None, (), kind, len(indices)), sizes)[0].lines)

    dead = torch.zeros(4, 1, 8, 8, dtype=torch.int64)
    assert set(lines_of(dead)) == {"codebook use", "entropy, bits"}
    assert lines_of(dead + 20)["index range"].startswith("index 1 reaches 20")
    assert "index range" in lines_of(dead + 0.0, "float32")
    spread = torch.arange(256).view(1, 1, 16, 16)
    assert "codebook of 512 does not fit" in lines_of(spread, "uint8", (512,))["index range"]
    assert not lines_of(spread, "uint8", (256,))


def test_indices_outside_the_codebook_are_no_codes_of_it() -> None:
    def lines_of(indices: Tensor, sizes: tuple[int, ...]) -> dict[str, Line]:
        lines = of(examine_arranged(Arranged(indices, None, (), "int64", len(indices)), sizes)[0].lines)
        return {check: replace(line, value=line.value.replace(NARROW_SPACE, " ")) for check, line in lines.items()}

    beyond = torch.arange(3000).view(1, 1, 50, 60)
    lines = lines_of(beyond, (1000,))
    assert lines["codebook use"].value == "1 000 of 1 000, where equally likely codes would show 632"
    assert f"without 2{NARROW_SPACE}000 indices outside the codebook" in lines["codebook use"].sample
    assert lines["entropy, bits"].value == "9.97 of 9.97"
    assert lines["index range"].value == "index 1 reaches 2 999, outside 0 … 1 000 − 1"
    assert lines_of(beyond + 5000, (1000,))["index range"].value.startswith("index 1 reaches 5 000 … 7 999, outside")
    none = lines_of(beyond + 5000, (1000,))
    assert (none["codebook use"].verdict, none["entropy, bits"].verdict) == ("red", "red")
    assert (none["codebook use"].value[:10], none["entropy, bits"].value) == ("0 of 1 000", "0.00 of 9.97")
    two = lines_of(torch.cat([beyond % 16, beyond % 9], dim=1), (16, 8))
    assert two["index range"].value == "index 2 reaches 8, outside 0 … 8 − 1"
    assert "outside its codebook" in two["joint entropy, bits"].value


def test_an_index_that_stands_for_several_codes_is_red() -> None:
    found = left_behind()
    parts = tuple(part[torch.randperm(64, generator=torch.Generator().manual_seed(0))] for part in found.parts)
    shuffled = Arranged(found.indices, found.latents, parts, "int64", 64)
    assert {"index ↔ code", "side information"} & set(red(examine_arranged(shuffled, (64,))[0].lines))


def test_side_information_is_asked_for_where_images_do_not_share_their_codes() -> None:
    found = left_behind()
    assert found.indices is not None and found.latents is not None

    def line_of(indices: Tensor, parts: tuple[Tensor, ...]) -> Line:
        lines = examine_arranged(Arranged(indices, found.latents, parts, "int64", 64), (64,), (4, 4, 4))[0].lines
        assert of(lines)["index ↔ code"].verdict == ("green" if indices is not lost else "red")
        return of(lines)["side information"]

    first, parts, lost = found.indices[:, :1], found.parts[:1], found.indices[:, :1] // 4 * 4
    confused = line_of(lost, parts)  # a digit of each index is lost
    assert confused.verdict == "green" and confused.value.endswith("follows from index ↔ code")
    by_image = torch.linspace(0.5, 2, 64).view(-1, 1, 1, 1)
    stretched = line_of(first, (parts[0] * by_image,))
    assert stretched.verdict == "red" and "undoes a normalisation" in stretched.cure
    renumbered = line_of((first + torch.arange(64).view(-1, 1, 1, 1)) % 64, parts)
    assert renumbered.verdict == "red" and "digits" in renumbered.cure and "share their codes" in renumbered.value


def test_of_a_stack_whose_tokens_hardly_repeat_the_stage_at_fault_is_named() -> None:
    found = left_behind()
    assert found.indices is not None
    wrong = found.indices.clone()
    wrong[:, 1] = torch.randint(0, 64, wrong[:, 1].shape, generator=torch.Generator().manual_seed(2))
    lines = red(examine_arranged(Arranged(wrong, found.latents, found.parts, "int64", 64), (64,))[0].lines)
    assert lines["index ↔ code"].startswith("stage 2: ") and "stage 1" not in lines["index ↔ code"]
    assert found.latents is not None
    passed = found.latents + (found.parts[1] * 1e-2 - found.latents)  # the part, up to a rounding error of the latents
    rounded = Arranged(found.indices, found.latents, (found.parts[0], passed), "int64", 64)
    assert "index ↔ code" not in red(examine_arranged(rounded, (64,))[0].lines)
    small = Arranged(found.indices, found.latents, (found.parts[0], found.parts[1] * 1e-4), "int64", 64)
    assert "index ↔ code" not in red(examine_arranged(small, (64,))[0].lines)  # no rounding of sums in it


def test_a_codebook_without_a_stated_size_is_said_to_be_guessed() -> None:
    found = Arranged(torch.arange(64).view(1, 1, 8, 8), None, (), "int64", 1)
    report, _ = examine_arranged(found)
    assert (report.lines[0].check, report.lines[0].verdict, report.sizes_stated) == ("codebook size", "yellow", False)
    assert report.codebook_sizes == (64,) and examine_arranged(found, (64,))[0].lines[0].check == "index range"


def test_a_codebook_size_is_guessed_by_the_levels_where_they_are_seen() -> None:
    found = left_behind()
    assert found.indices is not None
    rare = Arranged(found.indices.clamp(max=60), found.latents, found.parts, "int64", 64)
    report, _ = examine_arranged(rare)
    assert report.codebook_sizes == (64, 64) and "product of the levels" in report.lines[0].value


def test_latents_alone_show_channels_that_do_not_move_or_lie_beside_0() -> None:
    z = latents()
    assert examine_arranged(Arranged(None, z, (), of_images=64))[0].lines[0].verdict == "green"
    z[:, 1] *= 1e-3
    assert "1 of 3 hardly move" in examine_arranged(Arranged(None, z, (), of_images=64))[0].lines[0].value
    z[:, 1] = z[:, 0] + 5
    report, seen = examine_arranged(Arranged(None, z, (), of_images=64))
    assert "1 of 3 lie beside 0" in report.lines[0].value and seen is None and report.bits_per_token is None


def test_numbers_that_do_not_fit_are_a_sentence() -> None:
    found = left_behind()
    for sizes, levels, sentence in (
        ((64, 64, 64), (), "3 codebook sizes do not fit 2 indices"),
        ((64,), (4, 4, 5), "levels make a codebook of 80"),
        ((), (4, 4), "2 levels do not fit latents of 3 channels"),
        ((), (LEVELS_LIMIT + 1, 1, 1), "are the limit"),
    ):
        with pytest.raises(ValueError, match=sentence):
            examine_arranged(found, sizes, levels)


@pytest.mark.parametrize("text", ["a", "1.5", "-3", "0", "2^63", "9" * 30, "2^2^2", "१"])
def test_what_is_no_number_is_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="codebook size: "):
        read_numbers(text, "codebook size")


def test_of_many_images_as_many_are_taken_as_fit_evenly() -> None:
    found = left_behind()
    some = at_most(found, 8 * 8 * 3 * 10)
    assert (some.images, some.of_images) == (10, 64) and some.latents is not None and found.latents is not None
    assert torch.equal(some.latents[-1], found.latents[-1]) and torch.equal(some.latents[0], found.latents[0])
    report, _ = examine_arranged(some, (64,))
    assert report.words.startswith("640 tokens of 10 images (of 64), ")
    with pytest.raises(ValueError, match="one image has 192 values"):
        at_most(found, 100)


def test_progress_tells_every_check() -> None:
    told: list[tuple[int, int, str]] = []
    report, _ = examine_arranged(left_behind(), (64,), (), lambda *said: told.append(said))
    assert [done for done, _, _ in told] == list(range(told[0][1])) and len(told) == len(report.lines)


def test_the_csv_has_every_line() -> None:
    report, _ = examine_arranged(left_behind(), (64,))
    rows = list(csv.DictReader(io.StringIO(lines_csv(report.lines))))
    assert [row["check"] for row in rows] == [line.check for line in report.lines]
    assert not any(
        row["value"].startswith(("=", "+", "-", "@")) for row in rows
    )  # nothing that a spreadsheet would run
