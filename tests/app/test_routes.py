"""Routes of our own stand in one list, below the server's base path, and app.py is an object that has them."""

from __future__ import annotations

import runpy
from collections.abc import Iterator

import pytest
import streamlit as st
from paths import ROOT
from starlette.routing import WebSocketRoute
from streamlit import config
from streamlit.web.server.app_discovery import discover_asgi_app

from rfsq.app.routes import SCRIPT, path_of, routes


@pytest.fixture
def base_path() -> Iterator[str]:
    config.set_option("server.baseUrlPath", "lab/x")
    yield "/lab/x"
    config.set_option("server.baseUrlPath", "")


def test_routes_stand_below_the_base_path(base_path: str) -> None:
    assert path_of("thing") == f"{base_path}/thing"
    assert all(route.path.startswith(f"{base_path}/") for route in routes() if isinstance(route, WebSocketRoute))


def test_streamlit_finds_the_object_and_its_script() -> None:
    assert discover_asgi_app(ROOT / "app.py").import_string == "app:app"
    app = runpy.run_path(str(ROOT / "app.py"))["app"]
    assert isinstance(app, st.App) and app.script_path == SCRIPT and SCRIPT.is_file()
    assert [path.name for path in SCRIPT.parent.glob("*.py")] == ["__init__.py", SCRIPT.name]  # it is alone there
    assert "/live-frames" in [route.path for route in routes() if isinstance(route, WebSocketRoute)]
