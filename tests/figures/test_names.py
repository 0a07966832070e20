"""Names of lines: beside the plot where there is room, above it on a narrow page."""

from rfsq.figures.names import ROW, add_names
from rfsq.figures.parts import EndName, Part, base_layout

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


def test_no_names_are_no_change() -> None:
    empty = layout()
    add_names([], empty, "light", narrow=True)
    assert empty["annotations"] == [] and empty["height"] == 400
