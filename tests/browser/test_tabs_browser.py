"""Tabs that tests lend each other: nothing of the one before is left, and what a page does is seen."""

from __future__ import annotations

from playwright.sync_api import Page
from tabs import Tabs

KEPT = "() => [Object.keys(localStorage), Object.keys(sessionStorage), document.cookie.includes('c=3'), innerWidth, innerHeight]"


def test_a_tab_is_lent_again_without_anything_of_the_page_before(tabs: Tabs, app_url: str) -> None:
    kind, first = tabs.take(viewport={"width": 390, "height": 844}, color_scheme="dark")
    page: Page = first.page
    page.goto(f"{app_url}/_stcore/health")
    page.evaluate("() => { localStorage.a = 1; sessionStorage.b = 2; document.cookie = 'c=3'; }")
    assert page.evaluate(KEPT) == [["a"], ["b"], True, 390, 844]
    first.context.set_offline(True)
    page.context.new_page()
    tabs.give_back(kind, first)
    _, second = tabs.take()
    assert second is first and second.context.pages == [page] and page.url == "about:blank"
    page.goto(f"{app_url}/_stcore/health")
    assert page.evaluate(KEPT) == [[], [], False, 1440, 900]
    assert not page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    tabs.give_back(kind, second)


def test_a_tab_whose_page_was_closed_is_not_lent_again(tabs: Tabs) -> None:
    kind, tab = tabs.take()
    tab.page.close()
    tabs.give_back(kind, tab)
    _, other = tabs.take()
    assert other is not tab
    tabs.give_back(kind, other)


def test_what_leaves_this_machine_and_what_fails_is_seen_in_every_page_of_a_tab(tabs: Tabs, app_url: str) -> None:
    kind, tab = tabs.take()
    tab.page.goto(f"{app_url}/_stcore/health")
    other = tab.context.new_page()
    other.goto(f"{app_url}/_stcore/health")
    other.evaluate("fetch('http://elsewhere.invalid/').catch(() => {})")
    with other.expect_event("pageerror"):
        other.evaluate("void setTimeout(() => { throw new Error('as meant'); })")
    foreign, errors = tab.seen()
    assert foreign == ["http://elsewhere.invalid/"] and errors == ["as meant"]
    assert tab.seen() == ([], [])
    tabs.give_back(kind, tab)
