"""The example apps, each in browsers as its readers open it."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from waiting import PATIENCE

expect.set_options(timeout=PATIENCE * 1_000)


@pytest.fixture
def open_page(browser):
    """Opens a page in a browser of its own, as another person would. Nothing in it may go wrong."""
    contexts, complaints = [], []

    def complain(message) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    def open(url: str) -> Page:
        contexts.append(browser.new_context(viewport={"width": 760, "height": 560}))
        page = contexts[-1].new_page()
        page.on("console", complain)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(url)
        return page

    yield open
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def picture(tmp_path):
    """Keeps a picture to look at, in SCREENSHOTS or the test's folder."""

    def take(page: Page, name: str) -> None:
        folder = Path(os.environ.get("SCREENSHOTS", tmp_path))
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / f"{name}.png")

    return take


class TestChat:
    @pytest.fixture
    def enter(self, start_example, open_page):
        """Opens the chat in another window: `enter("Ada", "Swift")`."""
        chat = start_example("Chat")

        def enter(name: str, room: str = "Lobby") -> Page:
            page = open_page(chat.url)
            expect(page.locator("#lines")).to_contain_text("In Lobby: ")
            page.fill("#name", name)
            page.press("#name", "Enter")
            expect(page.locator("#lines")).to_contain_text(name)
            if room != "Lobby":
                self.change_room(page, room)
            return page

        return enter

    def change_room(self, page: Page, room: str) -> None:
        page.select_option("#room", room)
        expect(page.locator("#lines")).to_contain_text(f"In {room}: ")

    def say(self, page: Page, text: str) -> None:
        page.fill("#text", text)
        page.click("button")
        expect(page.locator("#text")).to_have_value("")  # It was delivered.

    def test_what_is_said_reaches_everyone_in_the_room(self, enter, picture):
        ada, bob = enter("Ada"), enter("Bob")
        expect(bob.locator("#lines")).to_contain_text("In Lobby: Ada, Bob")
        expect(ada.locator("#lines")).to_contain_text("Bob came")
        self.say(ada, "Good morning!")
        self.say(bob, "Hello Ada, <b>how</b> are you?")
        for page in (ada, bob):
            said = page.locator("#lines li:not(.notice)")
            expect(said).to_have_text(["Ada Good morning!", "Bob Hello Ada, <b>how</b> are you?"])
        bob.locator("#text").press_sequentially("Look at")
        expect(ada.locator("#typing")).to_have_text("Bob is typing…")
        expect(bob.locator("#typing")).to_have_text("")
        picture(ada, "chat")

    def test_rooms_are_apart(self, enter):
        ada, bob, eve = enter("Ada", "Swift"), enter("Bob", "Swift"), enter("Eve", "Music")
        self.say(ada, "Only for Swift")
        self.say(eve, "Only for Music")
        expect(bob.locator("#lines li:not(.notice)")).to_have_text(["Ada Only for Swift"])
        expect(eve.locator("#lines li:not(.notice)")).to_have_text(["Eve Only for Music"])
        self.change_room(bob, "Music")
        expect(bob.locator("#lines li")).to_have_text(["In Music: Bob, Eve"])
        expect(ada.locator("#lines")).to_contain_text("Bob left")
        expect(eve.locator("#lines")).to_contain_text("Bob came")

    def test_who_closes_the_page_has_left(self, enter):
        ada, bob = enter("Ada"), enter("Bob")
        bob.close()
        expect(ada.locator("#lines")).to_contain_text("Bob left")
