"""Names of lines: beside the plot where there is room, above it on a narrow page."""

from rfsq.figures.names import ROW, add_names
from rfsq.figures.parts import EndName, Part, base_layout
from rfsq.style.palette import style_of

NAMES = [
    EndName("scale", 2.0, "scale", True),
    EndName("layernorm", 3.0, "layernorm", True),
    EndName("half", 1, "", False),
]


def layout() -> Part:
    made = base_layout("light", "t", height=400)
    made["yaxis"]["range"] = [0, 4]
    return made


def test_they_stand_at_the_ends_of_lines_and_the_plot_makes_room() -> None:
    wide = layout()
    add_names(NAMES, wide, "light")
    assert len(wide["annotations"]) == 3 and wide["margin"]["r"] > 80 and wide["height"] == 400


def test_a_narrow_page_has_them_in_two_columns_above_the_plot_the_highest_first() -> None:
    narrow = layout()
    add_names(NAMES, narrow, "light", narrow=True)
    texts = [words["text"] for words in narrow["annotations"]]
    assert "layernorm" in texts[0] and "half" in texts[2] and "★" in texts[0]
    assert narrow["margin"]["r"] < 20 and narrow["height"] == 400 + 2 * ROW + 6
    assert [words["x"] for words in narrow["annotations"]] == [0, 0.5, 0]
    long = layout()
    add_names([*NAMES, EndName("a name of more than nineteen", 0, "", False)], long, "light", narrow=True)
    assert {words["x"] for words in long["annotations"]} == {0}


def test_what_a_dash_alone_tells_apart_has_a_sample_of_it_beside_its_name() -> None:
    formats = ("jpeg", "webp", "avif-444")
    wide = layout()
    names = [EndName(name, height, name, False) for height, name in enumerate(formats)]
    add_names([*names, NAMES[0], NAMES[2]], wide, "light")
    samples = {sample["y0"]: sample for sample in wide["shapes"]}
    assert [sample["line"]["dash"] for sample in wide["shapes"]] == [style_of(name).dash for name in formats]
    for words in wide["annotations"]:
        beside = samples.get(words["y"])
        assert (beside is not None) == any(f">{name}</" in words["text"] for name in formats)
        assert beside is None or beside["x0"] < beside["x1"] < words["xshift"]
    bare = layout()
    add_names([NAMES[2]], bare, "light")
    assert "shapes" not in bare


def test_a_sample_stands_at_the_height_of_its_name_on_a_log_axis_too() -> None:
    log = layout()
    log["yaxis"] |= {"type": "log"}
    add_names([EndName("mine", 2.0, "", False, line={"dash": "dot"})], log, "light")
    assert log["annotations"][0]["y"] == 2 and log["shapes"][0]["y0"] == log["shapes"][0]["y1"] == 100


def test_no_names_are_no_change() -> None:
    empty = layout()
    add_names([], empty, "light", narrow=True)
    assert empty["annotations"] == [] and empty["height"] == 400
