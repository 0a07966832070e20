"""Trainings with other perceptual terms: kept, read, and put into words."""

import argparse
from dataclasses import replace
from pathlib import Path

import pytest
from made_search import NETWORK, made_search
from paths import CHECKPOINTS

from rfsq.commands import results
from rfsq.evidence import report
from rfsq.evidence.escaped_noise import ESCAPED, escape_words
from rfsq.evidence.loss_search import search as loss_search
from rfsq.evidence.loss_search.search import LossSearch, load_search, search_command, write_search
from rfsq.evidence.loss_search.words import (
    gamed_finding,
    kept_words,
    measured_words,
    noise_words,
    search_finding,
    search_table,
    weight_words,
)
from rfsq.evidence.stored import ResultsError

GAMED = {"st_lpips": 0.13, "st_lpips_vgg": 0.09, "flip": 0.12}


def test_what_was_written_is_read_again_and_damage_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "perceptual-search.json"
    monkeypatch.setattr(loss_search, "search_file", lambda: file)
    assert load_search() is None
    search = made_search(GAMED)
    write_search(search, file)
    assert load_search() == search
    for old, new in (('"images": 3', '"images": 4'), ('"format": 1', '"format": 2'), ('"ratio": 1.1', '"ratio": NaN')):
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))
        with pytest.raises(ResultsError, match=r"perceptual-search\.json"):
            load_search()
        file.write_text(text)
    file.write_text("{")
    with pytest.raises(ResultsError, match="damaged"):
        load_search()


def test_runs_are_found_and_named_by_their_term() -> None:
    search = made_search(GAMED)
    assert [run.words for run in search.of_network(NETWORK)] == [
        "AlexNet × 0.1",
        "AlexNet × 0.3",
        "AlexNet × 1",
        "VGG × 0.1",
        "AlexNet × 0.1, noise",
    ]
    with pytest.raises(LookupError, match="weight 0.5"):
        search.run(NETWORK, 0.5)


def test_the_finding_turns_where_the_metrics_agree() -> None:
    finding = gamed_finding(made_search(GAMED))
    assert finding.claim.startswith("A learned metric can be gamed")
    assert "from 0.210 to 0.090" in finding.sentences and "4.0 times the energy" in finding.sentences
    assert "more than 1.1 times (3 photos)" in finding.sentences
    better = gamed_finding(made_search({"st_lpips": 0.03, "st_lpips_vgg": 0.09, "flip": 0.1}))
    assert "do not contradict" in better.claim
    only_vgg = made_search(GAMED)
    assert search_finding(LossSearch("c", "eval", "0" * 64, 3, {"vgg0.1": only_vgg.runs["vgg0.1"]})) is None


def test_the_words_on_the_weight_name_both_sides() -> None:
    words = weight_words(made_search(GAMED))
    assert "what speaks: ST-LPIPS (AlexNet) and ST-LPIPS (VGG) for 0.3; PSNR and SSIM for 0.1." in words
    assert "by −1.00 dB" in noise_words(made_search(GAMED))
    assert "escape" not in noise_words(made_search(GAMED))
    shipped = load_search()
    assert shipped is not None and noise_words(shipped).endswith("no other training with noise is measured here.")
    assert weight_words(LossSearch("c", "eval", "0" * 64, 3, {})) == ""
    assert noise_words(LossSearch("c", "eval", "0" * 64, 3, {})) == ""


def test_what_escaped_its_noise_is_said_with_how_many_others_are_known() -> None:
    """It is counted, so that it stays true when another training with noise is measured."""
    made = made_search(GAMED)
    noisy = replace(made.runs["noise"], weights_sha256=f"{ESCAPED}…")
    alone = replace(made, runs={**made.runs, "noise": noisy})
    assert noise_words(alone).endswith("that was mended, and no other training with noise is measured here.")
    two = replace(alone, runs={**alone.runs, "again": replace(noisy, weights_sha256="another")})
    assert noise_words(two).endswith("that was mended, and 1 other is measured here.")
    assert escape_words([ESCAPED, "a", "b", "b"]).endswith("2 others are measured here.") and escape_words(["a"]) == ""


def test_the_command_that_is_told_is_one_that_measures() -> None:
    """The record of a search that no command measured says so, and which command there is now."""
    made = made_search(GAMED)
    command = search_command("eval")
    assert measured_words(replace(made, command=command)) == f"3 photos of `eval`, measured by `{command}`."
    told = measured_words(made)
    assert "without a command (“a command”)" in told and f"`{command}` measures trainings of your own" in told
    parser = argparse.ArgumentParser()
    results.add_arguments(parser)
    assert str(parser.parse_args(command.split()[4:]).search) == "DIR", "the command knows these options"


def test_whose_weights_are_in_this_copy_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by name: the zoo's model of a network may be another training."""
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(CHECKPOINTS))
    shipped = load_search()
    assert shipped is not None
    assert kept_words(shipped) == "Of these trainings the weights of FSQ 8·8·8·8, AlexNet × 0.1 are in this copy."
    assert kept_words(made_search(GAMED)) == "Of these trainings the weights of none are in this copy."


def test_the_model_card_has_a_row_for_each_training(monkeypatch: pytest.MonkeyPatch) -> None:
    search = made_search(GAMED)
    monkeypatch.setattr(report, "load_search", lambda: search)
    text = report.loss_search_part(None)  # type: ignore[arg-type]  # of the zoo's results it needs nothing
    assert text.count("| f8 unquantized, D = 10 |") == 5 and "4.00 at 2.6 px (3)" in text
    assert "28.00 (27.72 … 28.28) |" in text and "· −1.30" in text  # the chosen weight alone has no difference
    assert "**A learned metric can be gamed" in text
    assert len(search_table(search).rows) == 5
    monkeypatch.setattr(report, "load_search", lambda: None)
    assert report.loss_search_part(None) == ""  # type: ignore[arg-type]
