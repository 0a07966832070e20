"""`rfsq app`: the pages in the browser, from any folder."""

from __future__ import annotations

import argparse

from rfsq.app.start import start


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "Every option of `streamlit run` is passed on, such as --server.port 8600."
    parser.set_defaults(passed_on=[])


def run(options: argparse.Namespace) -> None:
    start(options.passed_on)
