"""The Compare page around one network: what it claims, and what equal bytes buy."""

from __future__ import annotations

import re
from typing import Any

import pytest
from app_pages import open_app
from compare_page import claim_of, file_bytes, tried


@pytest.mark.usefixtures("with_calibrations")
def test_the_page_opens_on_one_network_where_none_breaks_and_says_so(drawn: Any) -> None:
    page = open_app()
    assert drawn.names == ["continuous-5.fsq-2-s4-none", "continuous-5.fsq-2-s4-layernorm"]
    claim = next(block.value for block in page.markdown if "Same network" in str(block.value))
    assert "none stops at" in claim and "layernorm reaches" in claim and "20" in claim
    assert [curve.method for curve in drawn.curves] == drawn.names

    page.segmented_control(key="strategy-network").set_value("gain").run()
    assert drawn.names[-1] == "continuous-5.fsq-2-s4-gain"
    page.select_slider(key="levels").set_value(4).run()
    page.slider(key="depth").set_value(2).run()
    assert drawn.names == ["continuous-5.fsq-4-s2-none", "continuous-5.fsq-4-s2-gain"]
    assert drawn.arguments["stage"] == 2 and not page.exception
    page.toggle(key="single").set_value(True).run()
    assert drawn.names[-1] == "continuous-5.fsq-16-s1-gain"
    assert drawn.arguments["notice"] is None  # all at 20 bits
    page.segmented_control(key="base").set_value("lfq").run()
    assert drawn.names == ["continuous-5.lfq-s2-none", "continuous-5.lfq-s2-gain"]
    page.segmented_control(key="mode").set_value("trained").run()
    assert drawn.names[0] == "rfsq-4x1024-none" and not page.exception


@pytest.mark.usefixtures("with_calibrations", "drawn")
def test_a_stack_that_no_index_can_hold_is_a_sentence() -> None:
    page = open_app(preset="network", network="continuous-20", levels="16", depth="2")
    assert page.select_slider(key="levels").value == 8
    assert [note.value for note in page.info] == [
        "The link asks for more codes a stage than FSQ can have here. Showing 8 levels."
    ]
    page.select_slider(key="levels").set_value(16).run()
    assert not page.exception
    assert any("more than 2^62 codes" in str(block.value) for block in page.info)


@pytest.mark.usefixtures("with_calibrations", "drawn")
@pytest.mark.parametrize(
    ("photo", "levels", "depth", "words"),
    [
        ("grass", "16", "2", "No help here: on “Grass”, at the same 40\u202fbits, none reaches"),
        ("zone-plate", "16", "2", "No help here: on “Zone plate”, at the same 40\u202fbits, none reaches"),
        ("zone-plate", "4", "4", "One gain does as well here."),
        ("gradients", "2", "4", "(with one fitted gain 1"),
        ("cat", "2", "4", "(with one fitted gain 2"),
    ],
)
def test_the_claim_says_where_conditioning_does_not_help_and_names_nones_fair_rival(
    photo: str, levels: str, depth: str, words: str
) -> None:
    page = open_app(preset="network", photo=photo, levels=levels, depth=depth)
    claim = claim_of(page)
    assert words in claim
    if "No help" in claim:
        assert tried(page).startswith("Try 2 levels and 4 stages")
    else:
        assert claim.startswith("Same network, same")


@pytest.mark.usefixtures("with_calibrations")
def test_equal_bytes_shows_of_every_method_the_stages_with_the_nearest_file(drawn: Any) -> None:
    page = open_app(preset="network", levels="3", depth="4", conditioning="all", equal="bytes", reference="4")
    reference, *_ = (method for method in drawn.methods if method.label == "layernorm")
    for method in drawn.methods:
        assert len(method.frames) == len(reference.frames) == 4
    sizes = {method.label: file_bytes(method.frames[3].rate) for method in drawn.methods}
    assert drawn.arguments["stages_of"] == "layernorm"
    assert claim_of(page).startswith(("About equal bytes: ", "Nearest bytes: "))
    stages = [method.frames[3].stages for method in drawn.methods]
    assert all(re.fullmatch(r"[1-4] of 4 stages", text) for text in stages), stages
    far = [label for label, size in sizes.items() if abs(size / sizes["layernorm"] - 1) > 0.1]
    notice = str(drawn.arguments["notice"] or "")
    assert all(f"{label} " in notice.partition("nearest are: ")[2] for label in far) and bool(notice) == bool(far)

    page.segmented_control(key="reference").set_value(1).run()
    assert drawn.arguments["stages_of"] == "none" and not page.exception
    page.segmented_control(key="equal").set_value("bits").run()
    assert drawn.arguments["stages_of"] == "" and {method.frames[0].stages for method in drawn.methods} == {""}


@pytest.mark.usefixtures("with_calibrations")
def test_with_equal_bytes_a_single_stage_has_the_levels_whose_file_is_nearest(drawn: Any) -> None:
    page = open_app(preset="network", levels="4", depth="2", single="1", conditioning="none", equal="bytes")
    single = drawn.methods[-1]
    assert single.label == "one FSQ" and re.fullmatch(r"1 stage of \d+ levels", single.frames[0].stages)
    of_none = file_bytes(drawn.methods[0].frames[1].rate)
    assert abs(file_bytes(single.frames[0].rate) / of_none - 1) < 0.05
    assert not page.exception and claim_of(page).startswith("About equal bytes: ")
    assert "(with one fitted gain 2" in claim_of(page)
