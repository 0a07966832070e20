"""What holds for all pages."""

from __future__ import annotations

import re
import tomllib

from paths import ROOT

from rfsq.style.palette import THEMES


def test_the_theme_is_the_palette() -> None:
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
    for name in ("light", "dark"):
        assert theme[name]["backgroundColor"] == THEMES[name].page
        assert theme[name]["secondaryBackgroundColor"] == THEMES[name].panel
        assert theme[name]["textColor"] == THEMES[name].text
    assert theme["baseFontSize"] >= 16


def test_settings_links_and_tables_know_nothing_of_streamlit() -> None:
    imports = re.compile(r"^\s*(import|from) streamlit", re.MULTILINE)
    for name in (
        "compare/settings",
        "compare/choice",
        "compare/link",
        "compare/scores",
        "compare/csv_file",
        "shared/bounded",
    ):
        assert not imports.search((ROOT / "rfsq" / "app" / f"{name}.py").read_text())
