"""What holds for all pages."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from paths import ROOT
from streamlit.runtime.state import SafeSessionState, SessionState

from rfsq.style.palette import THEMES


def config() -> dict[str, Any]:
    """What Streamlit is told beside the script."""
    return tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())


def test_one_run_of_a_session_ends_before_the_next_begins_as_streamlit_does_not_keep_two_apart() -> None:
    state = SessionState()
    first, second = (
        SafeSessionState(state, lambda: None) for _ in range(2)
    )  # as each run in a thread of its own has one
    assert first._lock is not second._lock, "Streamlit can run two at a time by now: fastReruns may be on again"
    assert config()["runner"]["fastReruns"] is False


def test_the_theme_is_the_palette() -> None:
    theme = config()["theme"]
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
