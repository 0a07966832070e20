"""The menu in a real browser: all pages in sight on every screen, and what was chosen is there on return."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest
import websockets
from apart import apart
from pages import settled
from playwright.sync_api import Locator, Page, expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

OpenPage = Callable[..., Page]
TITLES = (
    "Compare",
    "How it works",
    "Results",
    "Rate–distortion",
    "Lab",
    "Train your own",
    "Doctor",
    "Live camera",
    "Talk",
)


def at_rest(page: Page) -> None:
    page.wait_for_selector("h1")
    settled(page)


def wide_menu(page: Page) -> Locator:
    return page.get_by_test_id("stTopNavLink")


def narrow_menu(page: Page) -> Locator:
    return page.locator(".st-key-narrow-menu a")


def chosen(page: Page, group: str) -> str:
    return page.get_by_role("radiogroup", name=group).get_by_role("radio", checked=True).inner_text()


def choose(page: Page, group: str, option: str, address: str) -> None:
    """Choose, and wait until the page's address says so: then the server knows."""
    page.get_by_role("radiogroup", name=group).get_by_role("radio", name=option, exact=True).click()
    page.wait_for_url(re.compile(address))
    at_rest(page)


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1440, 900), (768, 1024), (767, 1024), (390, 844)])
def test_all_pages_are_in_the_menu_of_every_screen(open_page: OpenPage, app_url: str, width: int, height: int) -> None:
    page = open_page(f"{app_url}/lab", viewport={"width": width, "height": height})
    at_rest(page)
    wide, narrow = wide_menu(page), narrow_menu(page)
    if width >= 768:
        expect(narrow.first).to_be_hidden()
        assert width < 1000 or wide.all_inner_texts() == list(TITLES)
        expect(wide.first).to_be_visible()
    else:
        expect(wide).to_have_count(0)
        expect(narrow).to_contain_text(TITLES)
        page.wait_for_function(
            "[...document.querySelectorAll('.st-key-narrow-menu a')].every((link) => link.getBoundingClientRect().height >= 44)"
        )
        narrow.filter(has_text="Train your own").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("How does a quantizer learn?")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_what_was_chosen_is_there_on_return(open_page: OpenPage, app_url: str) -> None:
    page = open_page(f"{app_url}/compare?photo=grass&size=128&preset=stages&conditioning=scale&stages=2")
    at_rest(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("What does each stage add to my picture?")
    expect(page.get_by_text("Page not found")).to_have_count(0)
    expect(page.locator(".viewer .stage-text")).to_contain_text("2 of 4")
    choose(page, "Conditioning", "geometric", "conditioning=geometric")

    wide_menu(page).filter(has_text="Train your own").click()
    at_rest(page)
    choose(page, "For", "20 s", "seconds=20")
    wide_menu(page).filter(has_text="Lab").click()
    at_rest(page)
    assert chosen(page, "Conditioning") == "geometric"  # followed from Compare
    choose(page, "Conditioning", "scale", "conditioning=scale")

    wide_menu(page).filter(has_text="Compare").click()
    expect(page.locator(".viewer .stage-text")).to_contain_text("2 of 4")
    at_rest(page)
    assert chosen(page, "Conditioning") == "scale"  # and back from the Lab
    expect(page.locator(".st-key-preset").get_by_role("combobox")).to_have_value("stages 1 → S")
    expect(page.locator(".st-key-hint")).to_contain_text("Grass")
    wide_menu(page).filter(has_text="Lab").click()
    at_rest(page)
    expect(page.get_by_role("radiogroup", name="Conditioning").get_by_role("radio", name="scale")).to_be_checked()
    wide_menu(page).filter(has_text="Train your own").click()
    at_rest(page)
    assert chosen(page, "For") == "20 s"


def test_a_choice_that_crosses_a_change_of_page_does_not_undo_it(app_url: str) -> None:
    """As a browser says it that was told to leave the Lab while a control of it still had something to tell."""
    pages, parts, begun = apart(asyncio.run, cross(app_url))
    assert parts, "the Lab has parts that are drawn by themselves"
    assert {*begun} == {pages["how-it-works"]}


async def cross(url: str) -> tuple[dict[str, str], set[str], list[str]]:
    """Open the Lab, then ask for another page and at once for the Lab's parts and the Lab: the pages' hashes by their
    addresses, the Lab's parts, and the page of every run since."""
    stream = f"{url.replace('http', 'ws', 1)}/_stcore/stream"
    async with websockets.connect(stream, subprotocols=["streamlit"], max_size=None) as socket:  # type: ignore[list-item]

        async def ask(**run: Any) -> None:
            await socket.send(BackMsg(rerun_script=run).SerializeToString())

        async def answers() -> list[ForwardMsg]:
            """All until a page is drawn to its end."""
            came = [ForwardMsg()]
            while (
                came[-1].WhichOneof("type") != "script_finished"
                or came[-1].script_finished != ForwardMsg.FINISHED_SUCCESSFULLY
            ):
                came.append(ForwardMsg.FromString(await asyncio.wait_for(socket.recv(), 120)))
            return came

        await ask(page_name="lab")
        drawn = await answers()
        (navigation,) = (message.navigation for message in drawn if message.HasField("navigation"))
        pages = {page.url_pathname: page.page_script_hash for page in navigation.app_pages}
        parts = {message.delta.fragment_id for message in drawn} - {""}
        await ask(page_script_hash=pages["how-it-works"])
        for part in (*parts, ""):
            await ask(
                page_script_hash=pages["lab"],
                fragment_id=part,
                widget_states={"widgets": [{"id": "moved", "int_value": 1}]},
            )
        begun = await answers()
        await ask(page_script_hash=pages["how-it-works"])  # what was still waiting comes before it
        begun += await answers()
        return (
            pages,
            parts,
            [message.new_session.page_script_hash for message in begun if message.HasField("new_session")],
        )
