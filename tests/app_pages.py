"""Pages of the app without a browser, for the tests in tests/app: opened by address, and what stands on them."""

from __future__ import annotations

import time
from collections.abc import Callable

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from rfsq.app.routes import SCRIPT


def open_app(*, small: bool = True, to_its_end: bool = True, **query: str) -> AppTest:
    """The Compare page of the whole app, at an address with these values; `small`: and with small pictures. `to_its_end`: with
    all that it computes after its pictures."""
    page = AppTest.from_file(str(SCRIPT), default_timeout=120)
    run_at(page, **(({"size": "128"} if small else {}) | query))
    return whole(page) if to_its_end else page


def run_at(page: AppTest, **query: str) -> AppTest:
    """Run a page for the first time, at an address with these values."""
    page.query_params.update(query)
    page.run()
    assert not page.exception
    return page


def whole(page: AppTest) -> AppTest:
    """The Compare page once nothing that it shows is missing: it runs again whenever there is news, as the browser makes it."""
    until = time.monotonic() + 200
    assert not page.exception
    while is_computing(page):
        while not page.session_state["compare"].rest.has_news:
            assert time.monotonic() < until, texts(page)
            time.sleep(0.01)
        page.session_state["compare"].by_itself = True
        page.run()
        assert not page.exception
    return page


def is_computing(page: AppTest) -> bool:
    """Whether the Compare page still lacks something that is computed beside it."""
    return any("rfsq-computing" in block.proto.body for block in page.get("html"))


def open_at(path: str, **query: str | list[str]) -> AppTest:
    """The page at this path of the whole app, in a new session, at an address with these values."""
    page = AppTest.from_file(str(SCRIPT), default_timeout=120)
    return go_to(page, path, **query)


def go_to(page: AppTest, path: str, **query: str | list[str]) -> AppTest:
    """Go to another page of the same session, as a click in the menu does."""
    page.query_params.clear()
    page.query_params.update(query)
    page._page_hash = calc_hash(path)  # switch_page() knows pages in files only
    page.run()
    assert not page.exception
    return page


def parts(page: AppTest) -> set[str]:
    """Names of the components in the browser that the page shows, and "plotly_chart"."""
    components = {element.proto.component_name for element in page.get("bidi_component")}
    return components | ({"plotly_chart"} if page.get("plotly_chart") else set())


def texts(page: AppTest) -> str:
    """All captions, notes, warnings and errors, a line each."""
    return "\n".join(str(element.value) for element in [*page.caption, *page.info, *page.warning, *page.error])


def run_until(page: AppTest, done: Callable[[], object]) -> AppTest:
    """Run the page again, as the browser does, until something stands there. The limit is for a busy machine: what never
    comes fails, what comes late does not."""
    until = time.monotonic() + 200
    assert not page.exception
    while not done():
        assert time.monotonic() < until, texts(page)
        time.sleep(0.2)
        page.run()
        assert not page.exception
    return page
