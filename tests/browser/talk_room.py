"""What tests of talks look at: whether a room of people can read a page, and which scene is on the stage."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from pages import eventually, settled
from playwright.sync_api import Frame, Page, expect

OpenPage = Callable[..., Page]
ROOM = {"width": 1920, "height": 1080}
PATIENCE_MS = 180_000
# Canvases know what was written on them last, and how large: in pixels of their own.
WRITTEN = """{
    const write = CanvasRenderingContext2D.prototype.fillText;
    CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
        const { c, d } = this.getTransform();
        this.canvas.written ??= new Map();
        this.canvas.written.set(String(text), parseFloat(/([\\d.]+)px/.exec(this.font)[1]) * Math.hypot(c, d));
        return write.call(this, text, ...place);
    };
}"""
# Every text that can be seen, with its size on the screen in px, and whether a part of it cannot: in components, too, on
# canvases, and magnified as the page is.
TEXTS = """() => {
    const found = [];
    const boxOf = (node) => {
        const { left, right, top, bottom } = node.getBoundingClientRect();
        return { left, right, top, bottom };
    };
    const exceeds = (inner, outer) =>
        inner.left < outer.left - 2 || inner.right > outer.right + 2 || inner.top < outer.top - 2 || inner.bottom > outer.bottom + 2;
    const holderOf = (node) => node.assignedSlot ?? node.parentElement ?? node.getRootNode().host;
    const isCut = (box, node) => {
        if (exceeds(box, { left: 0, right: innerWidth, top: 0, bottom: innerHeight })) return true;
        for (let at = node; at && at !== document.body; at = holderOf(at)) {
            const { overflowX, overflowY } = getComputedStyle(at);
            if ((overflowX !== "visible" || overflowY !== "visible") && exceeds(box, boxOf(at))) return true;
        }
        return false;
    };
    const look = (root) => {
        for (const node of root.querySelectorAll("*")) {
            if (node.shadowRoot) look(node.shadowRoot);
            if (node.written && node.checkVisibility({ opacityProperty: true, visibilityProperty: true })) {
                const shown = node.getBoundingClientRect().height / node.height;
                for (const [text, size] of node.written) found.push([size * shown, text, isCut(boxOf(node), node)]);
            }
            const own = [...node.childNodes].filter((child) => child.nodeType === 3 && child.data.trim());
            if (!own.length || ["STYLE", "SCRIPT", "OPTION", "TITLE"].includes(node.tagName)) continue;
            if (!node.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
            const range = document.createRange();
            range.selectNodeContents(node);
            const box = range.getBoundingClientRect();
            if (box.width < 2 || box.height < 2) continue;
            let clipped = false;
            for (let at = node; at; at = at.parentElement ?? at.getRootNode().host) {
                if (getComputedStyle(at).clipPath === "inset(50%)") clipped = true;
            }
            if (clipped) continue;
            let holder = node;
            while (holder && holder.currentCSSZoom === undefined) holder = holder.parentElement;
            const size = parseFloat(getComputedStyle(node).fontSize) * (holder?.currentCSSZoom ?? 1);
            found.push([size, own[0].data.trim().slice(0, 40), isCut(boxOf(range), node)]);
        }
    };
    look(document.querySelector("[data-testid=stMain]"));
    return found;
}"""
CHROME = "[data-testid=stHeader], [data-testid=stToolbar], [data-testid=stSidebar], .st-key-footer, .st-key-narrow-menu"


def ready(page: Page) -> None:
    page.set_default_timeout(PATIENCE_MS)
    page.wait_for_selector("h1")
    settled(page)


def drawn(page: Page) -> None:
    """Wait until a chart has its words: plotly comes after the page."""
    page.wait_for_selector(".js-plotly-plot .main-svg text", state="attached")
    page.wait_for_timeout(300)


def small_texts(page: Page | Frame, least: float = 24) -> list[tuple[float, str]]:
    """What a room cannot read, once the parts in the browser have come and know the window's size."""

    def texts(page: Page | Frame) -> list[tuple[float, str, bool]]:
        return list(page.evaluate(TEXTS))

    def small(page: Page | Frame) -> list[tuple[float, str]]:
        return [(round(size, 1), words) for size, words, _ in texts(page) if size < least - 0.1]

    assert len(eventually(page, texts, lambda texts: len(texts) > 3)) > 3, "the page shows something"
    return list(eventually(page, small, lambda small: not small))


def cut_texts(page: Page | Frame) -> list[str]:
    return [words for _, words, cut in page.evaluate(TEXTS) if cut]


def scrolls(page: Page | Frame) -> bool:
    """Whether something of the page lies outside of its window."""
    return bool(
        page.evaluate(
            "() => { const main = document.querySelector('[data-testid=stMain]');"
            " return main.scrollWidth > innerWidth || main.scrollHeight > innerHeight; }"
        )
    )


def titles(page: Page | Frame) -> list[float]:
    """The size of each title that can be seen: the page's, and its chart's."""
    sizes: list[float] = page.locator("h1, .rfsq-chart-title").evaluate_all(
        "all => all.filter((node) => node.checkVisibility()).map((node) => parseFloat(getComputedStyle(node).fontSize))"
    )
    return sizes


def stage(page: Page) -> None:
    """All scenes are drawn."""
    expect(page.locator(".talk .status")).to_have_text(re.compile("^Ready, offline"), timeout=PATIENCE_MS)


def shows(page: Page, number: int) -> bool:
    """Whether this scene comes to be seen, and no other; what was pressed has a moment to change it."""
    page.wait_for_timeout(100)

    def seen(page: Page) -> list[int]:
        return list(
            page.locator(".talk .card iframe").evaluate_all(
                "all => all.flatMap((frame, i) => getComputedStyle(frame).visibility === 'visible' ? [i + 1] : [])"
            )
        )

    return bool(eventually(page, seen, lambda seen: seen == [number]) == [number])


def two_scenes(**changed: object) -> bytes:
    record = {
        "format": "rfsq-talk",
        "version": 1,
        "title": "Two",
        "minutes": 3,
        "scenes": [
            {"title": "Codes", "page": "doctor", "query": "v=1&example=sound"},
            {"title": "Stages", "page": "", "query": "v=1&photo=cat&size=128&preset=conditioning&view=divider"},
        ],
    }
    return json.dumps(record | changed).encode()


def open_file(page: Page, content: bytes) -> None:
    page.locator(".talk input[type=file]").set_input_files(
        {"name": "mine.json", "mimeType": "application/json", "buffer": content}
    )
