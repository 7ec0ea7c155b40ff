"""Bars by symbol and resolution on the dashboard page: the choice, the past with what comes live, and reconnecting."""

import shlex

import pytest
from playwright.sync_api import expect

from dashboard_page import START, Held, bar, candle, made, walk
from waiting import eventually

HOUR = 3_600


@pytest.fixture
def redis(start_redis):
    return start_redis()


@pytest.fixture
def server(start_maxserver, redis):
    """A server that is subscribed to Redis."""
    server = start_maxserver(REDIS_URL=redis.url)
    eventually("the server listens to Redis", lambda: server.redis_health()["status"] == "ok")
    return server


@pytest.fixture
def cable(lay_cable, server):
    return lay_cable(server)


def bars(symbol: str, count: int, step: int = 60, first: int = 0) -> list:
    """So many bars behind those before `first`, each a step of seconds behind the other."""
    return [bar((START + step * number) * 1_000, 150, symbol) for number in range(first, first + count)]


def store(server, redis, channel: str, messages: list) -> None:
    """Publishes bars, and waits until they are stored."""
    _, symbol, resolution = channel.split(":")
    redis.publish(channel, messages)
    path = f"/api/bars/{symbol}?resolution={resolution}&limit=5000"
    times = {message["bar"]["time"] for message in messages}
    eventually("they are stored", lambda: times <= {one["time"] for one in server.get(path).json()["data"]})


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
        assert shlex.split(command)[:3] == ["redis-cli", "PUBLISH", f"bars:{symbol}:1"]
        assert len(shlex.split(command)) == 4


class TestSeam:
    @pytest.fixture
    def stored(self, server, redis):
        """More bars than a room remembers."""
        for first in range(0, 800, 400):
            store(server, redis, "bars:BTC:1", bars("BTC", 400, first=first))

    def test_what_comes_while_the_past_is_read_is_neither_lost_nor_doubled(self, server, redis, stored, dashboard):
        held = Held(dashboard.page, "**/api/bars/BTC?*")
        dashboard.open(f"{server.url}/#bars:BTC:1")
        held.wait()
        redis.publish("bars:BTC:1", bars("BTC", 3, first=799))
        expect(dashboard.chart).to_have_attribute("data-last-time", str(START + 801 * 60))
        assert dashboard.bars < 800
        held.release()
        dashboard.shows_bars(802, START, START + 801 * 60)

    def test_an_older_version_in_the_past_replaces_none_that_came(self, server, redis, stored, dashboard):
        held = Held(dashboard.page, "**/api/bars/BTC?*")
        dashboard.open(f"{server.url}/#bars:BTC:1")
        held.wait()
        redis.publish("bars:BTC:1", bar((START + 799 * 60) * 1_000, 160, "BTC"))
        last = dashboard.page.locator("#chart-last")
        expect(last).to_have_text("160.00")
        held.release()
        dashboard.shows_bars(800, START, START + 799 * 60)
        expect(last).to_have_text("160.00")

    def test_more_than_a_room_remembers(self, server, redis, dashboard):
        for first in range(0, 1_200, 400):
            store(server, redis, "bars:BTC:1", bars("BTC", 400, first=first))
        dashboard.open(f"{server.url}/#bars:BTC:1")
        dashboard.shows_bars(1_000, START + 200 * 60, START + 1_199 * 60)

    def test_a_past_that_cannot_be_read_is_said_and_read_later(self, server, stored, dashboard):
        failing = lambda route: route.fulfill(status=503, json={"success": False, "error": {"message": "no database"}})
        dashboard.page.clock.install()
        dashboard.page.route("**/api/bars/BTC?*", failing)
        dashboard.open(f"{server.url}/#bars:BTC:1")
        note = dashboard.page.locator("#chart-note")
        expect(note).to_have_text("The past cannot be read: no database")
        assert 500 <= dashboard.bars < 800  # What the room remembers.
        dashboard.page.unroute("**/api/bars/BTC?*")
        dashboard.page.clock.run_for(6_000)
        dashboard.shows_bars(800, START, START + 799 * 60)
        expect(note).to_be_hidden()
        dashboard.complaints.clear()


class TestSwitching:
    def test_during_a_slow_answer_nothing_is_mixed(self, server, redis, dashboard):
        store(server, redis, "bars:BTC:1", bars("BTC", 50))
        store(server, redis, "bars:ETH:1", bars("ETH", 7, first=100))
        held = Held(dashboard.page, "**/api/bars/BTC?*")
        dashboard.open(f"{server.url}/#bars:BTC:1")
        held.wait()
        dashboard.choose_symbol("ETH")
        dashboard.shows_bars(7, START + 100 * 60, START + 106 * 60)
        held.release()
        redis.publish("bars:BTC:1", bars("BTC", 1, first=200))
        redis.publish("bars:ETH:1", bars("ETH", 1, first=107))
        dashboard.shows_bars(8, START + 100 * 60, START + 107 * 60)

    def test_there_and_back(self, server, redis, dashboard):
        store(server, redis, "bars:BTC:1", bars("BTC", 50))
        store(server, redis, "bars:ETH:1", bars("ETH", 7))
        dashboard.open(f"{server.url}/#bars:BTC:1")
        for symbol in ("ETH", "BTC", "ETH", "BTC"):
            dashboard.choose_symbol(symbol)
        dashboard.shows_bars(50, START, START + 49 * 60)
        redis.publish("bars:BTC:1", bars("BTC", 1, first=50))
        dashboard.shows_bars(51, START, START + 50 * 60)

    def test_leaves_the_room_of_the_old_series(self, server, redis, dashboard):
        dashboard.open(f"{server.url}/#bars:BTC:1")
        redis.publish("bars:BTC:1", bars("BTC", 1))
        dashboard.shows_bars(1, START, START)
        dashboard.choose_symbol("ETH")
        redis.publish("bars:ETH:1", bars("ETH", 1))
        dashboard.shows_bars(1, START, START)
        unheard = server.health()["messages"]["unheard"]
        redis.publish("bars:BTC:1", bars("BTC", 1))
        eventually("nobody hears it", lambda: server.health()["messages"]["unheard"] == unheard + 1)

    def test_leaves_the_watch_list_as_it_is(self, server, redis, dashboard):
        dashboard.open(f"{server.url}/#bars:AAPL:1")
        redis.publish("bars:AAPL:1", bars("AAPL", 2))
        dashboard.shows_bars(2, START, START + 60)
        dashboard.choose_symbol("ETH")
        redis.publish("bars:ETH:1", bars("ETH", 1))
        dashboard.shows_bars(1, START, START)
        redis.publish("bars:AAPL:1", bar((START + 60) * 1_000, 155))
        expect(dashboard.field("symbol", "AAPL", "last")).to_have_attribute("data-value", "155")
        dashboard.shows_bars(1, START, START)
        dashboard.page.locator('#watch-resolutions [data-resolution="5"]').click()
        redis.publish("bars:AAPL:5", bar(START * 1_000, 157))
        expect(dashboard.field("symbol", "AAPL", "last")).to_have_attribute("data-value", "157")
        expect(dashboard.title).to_have_text("ETH · 1m")


class TestReconnecting:
    def test_brings_what_was_missed(self, server, redis, cable, dashboard):
        store(server, redis, "bars:BTC:1", bars("BTC", 10))
        asked = []
        dashboard.page.on("request", lambda request: "/api/bars/" in request.url and asked.append(request.url))
        dashboard.open(f"{cable.url}/#bars:BTC:1")
        dashboard.shows_bars(10, START, START + 9 * 60)
        dashboard.is_cut_off(cable)
        redis.publish("bars:BTC:1", bar((START + 9 * 60) * 1_000, 160, "BTC"))
        redis.publish("bars:BTC:1", bars("BTC", 5, first=10))
        cable.mend()
        dashboard.shows_bars(15, START, START + 14 * 60)
        redis.publish("bars:BTC:1", bars("BTC", 1, first=15))
        dashboard.shows_bars(16, START, START + 15 * 60)
        assert len(asked) == 1  # The room remembered all of it.

    def test_brings_more_than_a_room_remembers(self, server, redis, cable, dashboard):
        store(server, redis, "bars:BTC:1", bars("BTC", 10))
        dashboard.open(f"{cable.url}/#bars:BTC:1")
        dashboard.shows_bars(10, START, START + 9 * 60)
        dashboard.is_cut_off(cable)
        for first in range(10, 910, 300):
            store(server, redis, "bars:BTC:1", bars("BTC", 300, first=first))
        cable.mend()
        dashboard.shows_bars(910, START, START + 909 * 60)

    def test_to_a_server_that_was_started_anew(self, start_maxserver, server, redis, dashboard):
        store(server, redis, "bars:BTC:1", bars("BTC", 10))
        dashboard.open(f"{server.url}/#bars:BTC:1")
        dashboard.shows_bars(10, START, START + 9 * 60)
        server.stop()
        server = start_maxserver("--port", str(server.port), REDIS_URL=redis.url)
        eventually("the server listens to Redis", lambda: server.redis_health()["status"] == "ok")
        redis.publish("bars:BTC:1", bars("BTC", 5, first=10))
        dashboard.shows_bars(15, START, START + 14 * 60)
        dashboard.complaints.clear()

    def test_brings_the_candles_of_a_sector_that_were_missed(self, server, redis, cable, dashboard):
        made(server, "sectors", id="tech-001", name="Technology", symbol="TECH")
        redis.publish("sector_candles", [candle(minute, 100) for minute in range(5)])
        dashboard.open(f"{cable.url}/#sector:tech-001")
        expect(dashboard.chart).to_have_attribute("data-bars", "5")
        dashboard.is_cut_off(cable)
        redis.publish("sector_candles", [candle(minute, 100) for minute in range(5, 9)])
        cable.mend()
        expect(dashboard.chart).to_have_attribute("data-bars", "9")


class TestSeries:
    """The merging of bars by their time, which all charts and small lines rest on."""

    def merged(self, dashboard, server, steps: str) -> list:
        dashboard.page.goto(server.url)
        return dashboard.page.evaluate(
            """async (steps) => {
                const { BarSeries } = await import("/js/bars.js");
                const series = new BarSeries();
                const bar = (time, close = time) => ({ time, open: close, high: close, low: close, close, volume: 0 });
                new Function("series", "bar", steps)(series, bar);
                return series.bars.map(({ time, close }) => [time, close]);
            }""",
            steps,
        )

    @pytest.mark.parametrize(
        "steps, expected",
        [
            ("for (const time of [1, 2, 3]) series.add(bar(time))", [[1, 1], [2, 2], [3, 3]]),
            ("for (const time of [3, 1, 2]) series.add(bar(time))", [[1, 1], [2, 2], [3, 3]]),
            ("for (const close of [5, 6]) series.add(bar(1, close))", [[1, 6]]),
            ("for (const time of [1, 2, 3]) series.add(bar(time)); series.add(bar(2, 9))", [[1, 1], [2, 9], [3, 3]]),
            ("series.add(bar(2)); series.merge([bar(3), bar(1), bar(2, 8), bar(2, 9)])", [[1, 1], [2, 9], [3, 3]]),
        ],
    )
    def test_has_one_bar_of_each_time_in_order(self, server, dashboard, steps, expected):
        assert self.merged(dashboard, server, steps) == expected

    def test_is_bounded_and_has_no_hole(self, server, dashboard):
        many = "for (let time = 1; time <= 2500; time += 1) series.add(bar(time));"
        times = [time for time, _ in self.merged(dashboard, server, many)]
        assert len(times) <= 1_000 and times == list(range(times[0], 2_501))
        # What is older than all that is left has no place.
        late = self.merged(dashboard, server, many + "series.add(bar(5)); series.add(bar(2499, 7));")
        assert len(late) == len(times) and late[0][0] == times[0] and [2_499, 7] in late

    def test_drops_what_is_old_when_it_is_merged(self, server, dashboard):
        many = "series.add(bar(1)); series.merge(Array.from({ length: 1000 }, (_, index) => bar(index + 50)));"
        bars = self.merged(dashboard, server, many + "series.add(bar(2));")
        assert len(bars) == 1_000 and bars[0] == [50, 50]


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
