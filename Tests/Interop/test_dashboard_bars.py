"""Bars by symbol and resolution on the dashboard page: what can be chosen, and that the chart shows it."""

import json
import shlex

import pytest
from playwright.sync_api import expect

from dashboard_page import START, bar, bars, candle, made, pictures, store, walk
from waiting import eventually

HOUR = 3_600


class TestChoice:
    def test_by_symbol_and_resolution(self, server, redis, dashboard):
        store(server, redis, "bars:BTC:60", bars("BTC", 30, HOUR))
        store(server, redis, "bars:BTC:1", bars("BTC", 20))
        dashboard.open(server.url)
        dashboard.choose_symbol("BTC")
        dashboard.shows_bars(20, START, START + 19 * 60)
        expect(dashboard.title).to_have_text("BTC · 1m")
        dashboard.choose_resolution("60")
        dashboard.shows_bars(30, START, START + 29 * HOUR)
        expect(dashboard.title).to_have_text("BTC · 1h")
        expect(dashboard.page.locator("#chart-last")).to_have_text("150.00")

    def test_live_bars_go_on_with_the_past(self, server, redis, dashboard):
        store(server, redis, "bars:BTC:15", bars("BTC", 10, 900))
        dashboard.open(f"{server.url}/#bars:BTC:15")
        dashboard.shows_bars(10, START, START + 9 * 900)
        redis.publish("bars:BTC:15", bar((START + 9 * 900) * 1_000, 151, "BTC"))
        expect(dashboard.page.locator("#chart-last")).to_have_text("151.00")
        redis.publish("bars:BTC:15", bar((START + 10 * 900) * 1_000, 152, "BTC"))
        expect(dashboard.page.locator("#chart-last")).to_have_text("152.00")
        dashboard.shows_bars(11, START, START + 10 * 900)

    @pytest.mark.parametrize(
        "price, text", [(1234.5, "1,234.50"), (1.0832, "1.0832"), (0.01234, "0.01234"), (0.00001234, "0.00001234")]
    )
    def test_prices_have_the_decimals_they_need(self, server, redis, dashboard, price, text):
        values = {"open": price, "high": price, "low": price, "close": price, "time": START * 1_000}
        dashboard.open(f"{server.url}/#bars:BTC:1")
        redis.publish("bars:BTC:1", {"bar": values})
        expect(dashboard.page.locator("#chart-last")).to_have_text(text)

    def test_the_list_has_what_is_stored(self, server, redis, dashboard):
        for channel in ("bars:BTC:60", "bars:BTC:D", "bars:ETH:1"):
            store(server, redis, channel, bars(channel.split(":")[1], 2))
        dashboard.open(server.url)
        options = dashboard.page.locator("#symbol-list li")
        dashboard.page.locator("#symbol").click()
        expect(options).to_have_count(2)
        expect(options.first).to_contain_text("BTC")
        expect(options.first).to_contain_text("1h 1D")
        dashboard.page.keyboard.type("et")
        expect(options).to_have_text(["ETH 1m 150.00"])
        dashboard.page.keyboard.press("ArrowDown")
        dashboard.page.keyboard.press("Enter")
        expect(dashboard.title).to_have_text("ETH · 1m")
        # There are none of a minute: the shortest there are.
        dashboard.page.locator("#symbol").click()
        options.first.click()
        expect(dashboard.title).to_have_text("BTC · 1h")
        expect(dashboard.page.locator("#symbol-list")).to_be_hidden()

    def test_escape_leaves_the_choice(self, server, dashboard):
        dashboard.open(server.url)
        field = dashboard.page.locator("#symbol")
        field.click()
        dashboard.page.keyboard.type("x")
        dashboard.page.keyboard.press("Escape")
        expect(field).to_have_value("AAPL")
        expect(dashboard.title).to_have_text("AAPL · 1m")

    def test_the_list_has_nothing_that_nobody_asked_for(self, server, redis, dashboard):
        nothing = {"success": True, "data": []}
        dashboard.page.route("**/api/bars", lambda route: route.fulfill(json=nothing))
        dashboard.open(f"{server.url}/#bars:BTC:1")
        # A feed that names other symbols than its channel.
        redis.publish("bars:BTC:1", [bar(START * 1_000, 1, f"X{number}") for number in range(50)])
        redis.publish("bars:BTC:1", bars("BTC", 1))
        dashboard.shows_bars(1, START, START)
        dashboard.page.locator("#symbol").click()
        expect(dashboard.page.locator("#symbol-list .symbol")).to_have_text(["BTC"])

    def test_a_length_of_bars_that_is_not_known_can_be_chosen(self, server, redis, dashboard):
        redis.publish("bars:BTC:240", bars("BTC", 2, 4 * HOUR))
        redis.publish("bars:BTC:<b>W", bars("BTC", 2, 7 * 24 * HOUR))
        eventually("they are stored", lambda: len(server.get("/api/bars").json()["data"]) == 2)
        dashboard.open(f"{server.url}/#bars:BTC:240")
        buttons = dashboard.page.locator("#chart-resolutions button")
        expect(buttons).to_have_text(["1m", "5m", "15m", "1h", "4h", "1D", "<b>W"])
        dashboard.shows_bars(2, START, START + 4 * HOUR)

    @pytest.mark.parametrize(
        "resolution, step, label", [("7", 420, "7m"), ("W", 7 * 24 * HOUR, "1W"), ("3M", 90 * 24 * HOUR, "3M")]
    )
    def test_bars_of_any_length_have_a_past(self, server, redis, dashboard, resolution, step, label):
        store(server, redis, f"bars:BTC:{resolution}", bars("BTC", 5, step))
        dashboard.open(f"{server.url}/#bars:BTC:1")
        dashboard.choose_resolution(resolution)
        dashboard.shows_bars(5, START, START + 4 * step)
        expect(dashboard.title).to_have_text(f"BTC · {label}")
        expect(dashboard.page.locator("#chart-note")).to_be_hidden()

    def test_any_symbol_may_be_waited_for(self, server, redis, dashboard):
        dashboard.open(server.url)
        dashboard.choose_symbol("eth/usd")
        expect(dashboard.page.locator("#chart-empty")).to_contain_text("No bars for ETH/USD · 1m yet.")
        redis.publish("bars:ETH/USD:1", bars("ETH/USD", 1))
        dashboard.shows_bars(1, START, START)
        store_path = "/api/bars/ETH%2FUSD?resolution=1"
        eventually("it is stored", lambda: server.get(store_path).json()["data"])
        dashboard.page.reload()
        dashboard.shows_bars(1, START, START)

    def test_survives_a_reload_and_is_a_link(self, server, redis, dashboard):
        store(server, redis, "bars:BTC:60", bars("BTC", 3, HOUR))
        dashboard.open(server.url)
        dashboard.choose_symbol("BTC")
        dashboard.choose_resolution("60")
        dashboard.page.reload()
        expect(dashboard.title).to_have_text("BTC · 1h")
        dashboard.shows_bars(3, START, START + 2 * HOUR)
        assert dashboard.page.url == f"{server.url}/#bars:BTC:60"
        dashboard.page.goto("about:blank")
        dashboard.open(server.url)
        expect(dashboard.title).to_have_text("BTC · 1h")
        dashboard.choose_resolution("D")
        expect(dashboard.title).to_have_text("BTC · 1D")
        dashboard.page.go_back()
        expect(dashboard.title).to_have_text("BTC · 1h")

    def test_a_sector_survives_a_reload(self, server, redis, dashboard):
        made(server, "sectors", id="tech-001", name="Technology", symbol="TECH")
        redis.publish("sector_candles", [candle(minute, 100) for minute in range(5)])
        dashboard.open(server.url)
        dashboard.field("sector", "tech-001", "name").click()
        expect(dashboard.chart).to_have_attribute("data-bars", "5")
        dashboard.page.reload()
        expect(dashboard.title).to_have_text("Technology")
        expect(dashboard.chart).to_have_attribute("data-bars", "5")
        dashboard.choose_resolution("5")
        expect(dashboard.title).to_have_text("AAPL · 5m")

    @pytest.mark.parametrize("hash", ["#", "#bars:A", "#bars::1", "#bars:%:1", "#sector:", "#x:y:z"])
    def test_an_address_of_nothing_is_as_none(self, server, dashboard, hash):
        dashboard.open(f"{server.url}/{hash}")
        expect(dashboard.title).to_have_text("AAPL · 1m")

    def test_the_command_on_the_page_is_safe_to_paste(self, server, dashboard):
        symbol = "a'b;$(x)`"
        dashboard.open(f"{server.url}/#bars:{symbol}:1")
        expect(dashboard.title).to_have_text(f"{symbol} · 1m")
        command = dashboard.page.locator("#chart-empty-command").inner_text()
        curl, address, _, _, _, body = shlex.split(command)
        assert (curl, address) == ("curl", f"{server.url}/api/publish")
        assert json.loads(body)["channel"] == f"bars:{symbol}:1"


@pytest.mark.parametrize("width, height", [(1280, 800), (400, 860)], ids=["desktop", "phone"])
def test_the_list_of_symbols_fits_the_window(server, redis, browser, width, height):
    store(server, redis, "bars:A-SYMBOL-WITH-A-VERY-LONG-NAME-INDEED:1", walk("A-SYMBOL-WITH-A-VERY-LONG-NAME-INDEED", 2))
    context = browser.new_context(viewport={"width": width, "height": height})
    try:
        page = context.new_page()
        page.goto(server.url)
        page.locator("#symbol").click()
        expect(page.locator("#symbol-list li")).to_have_count(1)
        box = page.locator("#symbol-popup").bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
        page.locator("#symbol-list li").click()
        expect(page.locator("#chart")).to_have_attribute("data-bars", "2")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    finally:
        context.close()


def test_many_lengths_of_bars_can_be_read_on_a_phone(server, redis, browser, tmp_path):
    for resolution in ("1", "3", "7", "30", "240", "W", "M"):
        store(server, redis, f"bars:AAPL:{resolution}", bars("AAPL", 3))
    context = browser.new_context(viewport={"width": 400, "height": 860})
    try:
        page = context.new_page()
        page.goto(server.url)
        buttons = page.locator("#chart-resolutions button")
        expect(buttons).to_have_text(["1m", "3m", "5m", "7m", "15m", "30m", "1h", "4h", "1D", "1W", "1M"])
        assert all(buttons.evaluate_all("all => all.map((one) => one.scrollWidth <= one.clientWidth)"))
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
        page.screenshot(path=pictures(tmp_path) / "resolutions-400.png")
        # The one that is chosen can be seen, also when the row is longer than the window.
        page.goto(f"{server.url}/#bars:AAPL:M")
        expect(buttons.last).to_have_attribute("aria-pressed", "true")
        expect(buttons.last).to_be_in_viewport(ratio=0.9)
    finally:
        context.close()
