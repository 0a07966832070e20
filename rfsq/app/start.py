"""The server of the pages, as `rfsq app` starts it."""

from __future__ import annotations

from collections.abc import Sequence

from streamlit.web import cli as streamlit

from rfsq.machine.shipped import shipped


def start(options: Sequence[str]) -> None:
    """Serve until stopped, with options of `streamlit run`.

    Streamlit finds its settings and the theme in the folder `.streamlit` beside the script.
    """
    streamlit.main(["run", str(shipped("app.py")), *options], prog_name="streamlit")
