"""What tests ask of any page: that it is done, fits its window, and can be used by everyone."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from paths import ROOT
from playwright.sync_api import Frame, Locator, Page

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
SCREENSHOTS = ROOT / ".screenshots"
# Off by default in axe: what a button is called holds what it shows, so that it can be spoken; targets are 24 px.
ALSO = ("label-content-name-mismatch", "target-size")


PATIENCE_MS = 120_000  # waiting ends as soon as the thing is there; a busy machine must not fail a test
REST = 450  # ms without work after which a page is at rest: what a hand did in a picture is told up to 350 ms later


def settled(page: Page) -> None:
    """Wait until the server has nothing more to draw, computes nothing for the page beside it, nothing stands there from the
    run before or as an empty place, and the server has not begun anew for what was just clicked."""
    page.wait_for_function(
        """rest => {
            const app = document.querySelector("[data-testid=stApp]");
            const busy = app?.dataset.testScriptState !== "notRunning"
                || document.querySelector(".rfsq-computing, [data-stale=true], [data-testid=stSkeleton]");
            const now = performance.now();
            if (busy) window.rfsqRestsSince = undefined;
            else window.rfsqRestsSince ??= now;
            return now - window.rfsqRestsSince >= rest;
        }""",
        arg=REST,
        polling=50,
    )
    page.evaluate("delete window.rfsqRestsSince")


def click(target: Locator) -> None:
    """Click when the page is at rest: what is clicked while the server draws may be lost, or be another thing then."""
    settled(target.page)
    target.click()


def eventually(page: Page | Frame, read: Callable[[Any], Any], wanted: Callable[[Any], bool]) -> Any:
    """What `read` finds once that is wanted, or when there is no more patience: for what comes a moment after the page is at
    rest, as a part in the browser does."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not wanted(now := read(page)) and time.monotonic() < deadline:
        page.wait_for_timeout(100)
    return now


def changed(page: Page, read: Callable[[Page], Any], before: Any) -> Any:
    """Wait until what `read` finds on the page differs from what it was; returns what it is then.

    A run's number alone does not tell: a report of the browser may have caused a run of its own.
    """
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while time.monotonic() < deadline:
        if (now := read(page)) != before:
            return now
        page.wait_for_timeout(100)
    raise AssertionError(f"{read} did not change")


def compared(page: Page, after: int = 0) -> int:
    """Wait until Compare has drawn pictures and scores in a run later than `after`; returns the run's number."""
    page.wait_for_function("after => +document.querySelector('.rfsq-timing')?.dataset.run > after", arg=after)
    page.wait_for_selector(".viewer figure canvas")
    settled(page)
    return int(page.locator(".rfsq-timing").get_attribute("data-run") or 0)


def sideways(page: Page) -> bool:
    """Whether the page is wider than its window."""
    return bool(
        page.evaluate(
            "() => [document.documentElement, document.querySelector('[data-testid=stMain]')]"
            ".some((box) => box.scrollWidth > window.innerWidth)"
        )
    )


def screenshot(name: str) -> Path:
    """Where a picture for people to look at goes."""
    SCREENSHOTS.mkdir(exist_ok=True)
    return SCREENSHOTS / f"{name}.png"


def axe_violations(page: Page) -> list[str]:
    """The serious and critical violations that axe finds on the page at rest, one line each. Skips without axe-core, which `make
    browser-code` installs; fails then when RFSQ_REQUIRE_BROWSER=1."""
    if not AXE.is_file():
        reason = "axe-core is not installed (make browser-code)"
        if os.environ.get("RFSQ_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    settled(page)  # what is being drawn anew is pale for a moment
    page.evaluate(AXE.read_text(encoding="utf-8"))
    rules = {name: {"enabled": True} for name in ALSO}
    found: list[dict[str, Any]] = page.evaluate(
        "rules => axe.run({ rules, resultTypes: ['violations'] }).then((result) => result.violations)", rules
    )
    return [
        f"{violation['id']} ({violation['impact']}): {node['target']} {node['html'][:200]}"
        for violation in found
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


def small_targets(page: Page) -> list[str]:
    """What a finger would miss: controls of less than 44 px in height, with their labels or tracks. Links in a text are as
    high as its lines; a help mark in a line reaches beyond what it shows."""
    small: list[str] = page.evaluate(
        """() => {
            const kinds = "button, a[href], select, summary, input, [role=slider], [role=combobox]";
            const small = [];
            const look = (root) => {
                for (const node of root.querySelectorAll("*")) {
                    if (node.shadowRoot) look(node.shadowRoot);
                    if (!node.matches(kinds) || !node.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
                    if (node.closest("[data-testid=stTooltipHoverTarget], [data-tag], p a")) continue;
                    const [own, label] = [node, node.closest("label, [data-testid=stSlider]") ?? node].map((each) => each.getBoundingClientRect());
                    const size = Math.max(own.height, label.height);
                    if (own.width > 1 && size < 43.5) small.push(`${node.outerHTML.slice(0, 120)}: ${Math.round(size)} px`);
                }
            };
            look(document.querySelector("[data-testid=stMain]"));
            return small;
        }"""
    )
    return small
