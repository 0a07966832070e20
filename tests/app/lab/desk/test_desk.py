"""The design desk without a browser: each control changes what is shown."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from app_pages import run_at
from streamlit.testing.v1 import AppTest

from rfsq.app.compare.stacks import shown_stacks
from rfsq.app.lab.desk.settings import DeskSettings, write_desk_link
from rfsq.app.lab.parts import PARTS

SCRIPT = "from rfsq.app.lab.page import lab_page\nlab_page()\n"


def open_desk(**query: str) -> AppTest:
    return run_at(AppTest.from_string(SCRIPT, default_timeout=120), **({"part": "desk"} | query))


def part(page: AppTest, name: str) -> dict[str, object]:
    [found] = [one.proto for one in page.get("bidi_component") if one.proto.component_name == name]
    return dict(json.loads(found.json))


def rows(page: AppTest) -> list[dict[str, str]]:
    return part(page, "rfsq_level_table")["rows"]  # type: ignore[return-value]


def figure(page: AppTest) -> dict[str, object]:
    return dict(json.loads(page.get("plotly_chart")[0].proto.spec))


def texts(page: AppTest) -> str:
    return "\n".join(str(one.value) for one in [*page.caption, *page.info, *page.warning, *page.markdown])


def table(page: AppTest) -> str:
    return next(str(one.proto.body) for one in page.get("html") if "rfsq-table" in one.proto.body)


def test_the_first_view_has_sets_for_twelve_bits_and_five_grids_on_the_photo() -> None:
    page = open_desk()
    assert page.title[0].value == PARTS["desk"].title
    assert "**12\u202fbits per token.** 22 shapes" in texts(page)
    first = rows(page)[0]
    assert (first["levels"], first["code"], first["network"]) == (
        "8 · 8 · 8 · 8",
        "FSQ(levels=[8, 8, 8, 8])",
        "continuous-4",
    )
    assert len(rows(page)) == 8 and any(row["note"] == "FSQ paper, table 1" for row in rows(page))
    assert len([trace for trace in figure(page)["data"] if trace["name"] == "levels"]) == 10  # type: ignore[attr-defined]
    assert "divided by 0.8" in texts(page) and "half-step shift" in table(page)


def test_the_target_can_be_said_in_every_way_and_keeps_its_bits() -> None:
    page = open_desk()
    exact = [row["levels"] for row in rows(page)]
    page.segmented_control(key="desk-target").set_value("bytes").run()
    assert page.number_input(key="desk-value-bytes").value == 6144
    assert [row["levels"] for row in rows(page)] == exact
    assert rows(page)[0]["cells"][4] == "6\u202f144\u202fB"
    page.number_input(key="desk-width").set_value(512).run()
    assert "**6 bits per token.**" in texts(page).replace("\u202f", " ")
    page.selectbox(key="desk-stride").set_value(8).run()
    page.segmented_control(key="desk-target").set_value("bpp").run()
    assert page.number_input(key="desk-value-bpp").value == 0.375 and not page.exception
    page.segmented_control(key="desk-target").set_value("codes").run()
    assert "a stage" in texts(page)


def test_channels_stages_and_all_choose_the_rows() -> None:
    page = open_desk()
    page.toggle(key="desk-every").set_value(True).run()
    assert len(rows(page)) == 22
    page.selectbox(key="desk-dims").set_value(5).run()
    page.selectbox(key="desk-stages").set_value(4).run()
    page.number_input(key="desk-value-bits").set_value(40.0).run()
    found = {row["levels"]: row for row in rows(page)}
    stack = found["4 · 4 · 4 · 4 · 4"]
    assert (
        stack["network"] == "continuous-5" and stack["code"].startswith("Residual(") and "num_stages=4" in stack["code"]
    )
    assert "levels=4" in stack["query"] and "depth=4" in stack["query"] and "conditioning=scale" in stack["query"]
    assert all(len(row["levels"].split(" · ")) == 5 for row in rows(page))
    page.number_input(key="desk-value-bits").set_value(400.0).run()
    assert "Nothing can be proposed" in page.warning[0].value or "more levels" in texts(page)


def test_where_pixels_count_compare_opens_a_network_of_that_stride() -> None:
    page = open_desk(target="bpp", value="0.15625", stride="8", dims="5", stages="1")
    [row] = [row for row in rows(page) if row["levels"] == "4 · 4 · 4 · 4 · 4"]
    assert row["network"] == "f8-continuous-5"
    page.selectbox(key="desk-stages").set_value(0).run()
    page.selectbox(key="desk-stride").set_value(32).run()
    assert not any(row["network"] for row in rows(page)) and "no network of stride 32" in texts(page)
    page = open_desk(dims="5", network="continuous-5-perceptual", value="10")
    assert "continuous-5-perceptual" in {row["network"] for row in rows(page)}


def test_a_row_opens_its_stack_in_compare(monkeypatch: pytest.MonkeyPatch) -> None:
    from rfsq.app.lab.desk import level_sets

    opened = []
    monkeypatch.setattr(level_sets, "open_stacks", lambda network, spec: opened.append(spec.name_on(network)))
    page = open_desk(dims="5", stages="4", value="40")
    page.session_state["desk-opened"] = "4x4x4x4x4-s4"
    page.run()
    page.session_state["desk-opened"] = "9x9-s1"  # nothing that is shown
    page.run()
    assert opened == ["continuous-5.fsq-4-s4-scale"] and not page.exception


def test_the_link_of_a_row_is_read_by_compare_as_the_same_stack() -> None:
    from rfsq.app.compare.link import read_link

    page = open_desk(dims="5", stages="4", value="40")
    [query] = [row["query"] for row in rows(page) if row["levels"] == "4 · 4 · 4 · 4 · 4"]
    link = read_link(
        dict(parse_qsl(query, keep_blank_values=True)), photos=("cat",), available=("continuous-5",), devices=()
    )
    assert not link.notes
    assert shown_stacks(link.settings, link.settings.strategy)[1] == "continuous-5.fsq-4-s4-scale"


def test_levels_channel_grid_decoder_and_network_change_the_chart_and_the_table() -> None:
    page = open_desk()
    shown = [table(page)]
    page.slider(key="desk-levels").set_value(8).run()
    shown.append(table(page))
    page.selectbox(key="desk-channel").set_value(2).run()
    shown.append(table(page))
    page.segmented_control(key="desk-decoder").set_value("code").run()
    shown.append(table(page))
    page.selectbox(key="desk-network").set_value("continuous-8").run()
    shown.append(table(page))
    assert len(set(shown)) == 5 and "channel 2 of `continuous-8`" in texts(page)
    page.segmented_control(key="desk-grid").set_value("ifsq").run()
    assert len([trace for trace in figure(page)["data"] if trace["name"] == "levels"]) == 2  # type: ignore[attr-defined]
    assert sum("level 8" in str(one.proto.body) for one in page.get("html")) == 1
    assert not page.exception


def test_a_link_opens_the_desk_as_it_was_and_the_other_part_begins_afresh() -> None:
    settings = DeskSettings("bpp", 1.25, 8, dims=5, every=True, levels=6, grid="equal", channel=3, photo="coffee")
    page = open_desk(**dict(parse_qsl(write_desk_link(settings))))
    assert not page.info and part(page, "rfsq_copy_link")["query"] == write_desk_link(settings)
    page.segmented_control(key="lab-part").set_value("stages").run()
    assert not page.exception and not page.info and page.title[0].value == PARTS["stages"].title
    assert page.segmented_control(key="lab-stages").value == 4  # not the desk's
    page.segmented_control(key="lab-part").set_value("desk").run()
    assert part(page, "rfsq_copy_link")["query"] == write_desk_link(settings)


@pytest.mark.parametrize("value", ["", "zebra", "99999", "-7", "nan", "1,2,3", "<b>"])
def test_a_link_with_nothing_but_faults_still_shows_both_halves(value: str) -> None:
    keys = [key for key, _ in parse_qsl(write_desk_link(DeskSettings())) if key != "part"]
    page = open_desk(**dict.fromkeys(keys, value))
    assert rows(page) and table(page) and not page.warning
    notes = page.expander[0].markdown[0].value.split("\n")
    assert 8 <= len(notes) <= len(keys)
    assert all(note.endswith(".") and "<" not in note and "Showing ." not in note for note in notes)


def test_a_part_that_there_is_not_gives_way_to_the_first_with_a_note() -> None:
    page = open_desk(part="kitchen")
    assert "no part of the Lab" in page.info[0].value and page.title[0].value == PARTS["stages"].title


def test_without_a_network_the_sets_stand_and_the_lower_half_says_why_it_is_empty(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RFSQ_CHECKPOINTS", str(tmp_path))
    page = open_desk()
    assert rows(page) and not any(row["network"] for row in rows(page))
    assert "no latents to cut" in page.warning[0].value
