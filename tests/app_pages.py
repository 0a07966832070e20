"""Pages of the app without a browser, for the tests in tests/app: opened by address, and what stands on them."""

from __future__ import annotations

from paths import ROOT
from streamlit.testing.v1 import AppTest


def open_app(*, small: bool = True, **query: str) -> AppTest:
    """The Compare page of the whole app, at an address with these values; `small`: and with small pictures."""
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    for key, value in (({"size": "128"} if small else {}) | query).items():
        page.query_params[key] = value
    page.run()
    assert not page.exception
    return page


def texts(page: AppTest) -> str:
    """All captions, notes, warnings and errors, a line each."""
    return "\n".join(str(element.value) for element in [*page.caption, *page.info, *page.warning, *page.error])
