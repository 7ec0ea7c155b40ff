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


class TestMarketTicker:
    @pytest.fixture
    def ticker(self, start_example, open_page):
        page = open_page(start_example("MarketTicker").url)
        expect(page.locator("tr.watched")).to_have_count(6)
        return page

    def price(self, page: Page, symbol: str):
        return page.locator(f"#{symbol} td:nth-child(2)")

    def test_prices_move(self, ticker, picture):
        for symbol in ("AAPL", "TSLA"):
            expect(self.price(ticker, symbol)).not_to_be_empty()
            before = self.price(ticker, symbol).inner_text()
            expect(self.price(ticker, symbol)).not_to_have_text(before)
        ticker.wait_for_function("[...rows.values()].every((row) => row.prices.length > 10)")
        picture(ticker, "market-ticker")

    def test_only_what_is_watched_comes(self, ticker):
        ticker.evaluate("() => { window.seen = []; socket.on('tick', ({symbol}) => seen.push(symbol)); }")
        for symbol in ("AMZN", "GOOGL", "MSFT", "NVDA", "TSLA"):
            ticker.uncheck(f"#{symbol} input")
        expect(ticker.locator("tr.watched")).to_have_count(1)
        # The answer to this stands behind everything that was on its way.
        assert ticker.evaluate("socket.emitWithAck('watch', ['AAPL']).then((ticks) => ticks.length)") == 1
        ticker.evaluate("() => { seen.length = 0; }")
        ticker.wait_for_function("seen.length >= 5")
        assert set(ticker.evaluate("seen")) == {"AAPL"}

    def test_a_price_is_there_at_once(self, ticker):
        ticker.uncheck("#AAPL input")
        expect(ticker.locator("tr.watched")).to_have_count(5)
        (tick,) = ticker.evaluate("socket.emitWithAck('watch', ['AAPL', 'nothing'])")
        assert tick["symbol"] == "AAPL" and tick["price"] > 0


class TestGameLobby:
    @pytest.fixture
    def enter(self, start_example, open_page):
        """Opens the lobby in another window: `enter("Ada")`."""
        lobby = start_example("GameLobby")

        def enter(name: str) -> Page:
            page = open_page(lobby.url)
            expect(page.locator("#players")).to_contain_text("(you)")
            page.fill("#name", name)
            page.press("#name", "Enter")
            expect(page.locator("#players")).to_contain_text(f"{name} (you)")
            return page

        return enter

    def challenge(self, page: Page, name: str) -> None:
        page.locator("#players li", has_text=name).get_by_role("button").click()

    def choose(self, page: Page, hand: str) -> None:
        page.locator("#hands").get_by_text(hand).click()

    @pytest.mark.parametrize(
        "hand, other, said, answered",
        [("rock", "paper", "lost", "won"), ("scissors", "paper", "won", "lost"), ("rock", "rock", "are even", "are even")],
    )
    def test_the_server_asks_both_and_says_who_won(self, enter, picture, hand, other, said, answered):
        ada, bob = enter("Ada"), enter("Bob")
        self.challenge(ada, "Bob")
        expect(bob.locator("#question")).to_have_text("You play against Ada: choose!")
        self.choose(ada, hand)
        expect(ada.locator("#question")).to_contain_text("waiting for Bob")
        expect(ada.locator("#outcome")).to_have_text("")
        self.choose(bob, other)
        expect(ada.locator("#outcome")).to_have_text(f"You {said}: Bob chose {other}.")
        expect(bob.locator("#outcome")).to_have_text(f"You {answered}: Ada chose {hand}.")
        for page in (ada, bob):  # Both are free again.
            expect(page.locator("#players li")).to_have_count(2)
        picture(ada, "game-lobby")

    def test_who_leaves_loses(self, enter):
        ada, bob = enter("Ada"), enter("Bob")
        self.challenge(ada, "Bob")
        self.choose(ada, "rock")
        bob.close()
        expect(ada.locator("#outcome")).to_have_text("You won: Bob did not choose.")
        expect(ada.locator("#players li")).to_have_text(["Ada (you)"])

    def test_players_in_a_game_cannot_be_challenged(self, enter):
        ada, bob, eve = enter("Ada"), enter("Bob"), enter("Eve")
        expect(eve.locator("#players li")).to_have_count(3)
        id = bob.evaluate("socket.id")
        self.challenge(ada, "Bob")
        expect(eve.locator("#players li")).to_have_text(["Eve (you)"])
        assert eve.evaluate("(id) => socket.emitWithAck('challenge', id)", id) is False
