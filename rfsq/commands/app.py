"""`rfsq app`: the pages in the browser, from any folder."""

from __future__ import annotations

import argparse

from streamlit.web import cli as streamlit

from rfsq.machine.shipped import shipped


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "Every option of `streamlit run` is passed on, such as --server.port 8600."
    parser.set_defaults(passed_on=[])


def run(options: argparse.Namespace) -> None:
    """Serve until stopped. Streamlit finds the settings and the theme in the folder `.streamlit` beside the script."""
    streamlit.main(["run", str(shipped("app.py")), *options.passed_on], prog_name="streamlit")
