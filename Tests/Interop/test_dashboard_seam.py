"""The chart of the dashboard page: the past and what comes live, another series, and a connection that is lost."""

import pytest
from playwright.sync_api import expect

from dashboard_page import START, Held, bar, bars, candle, made, store
from waiting import eventually


@pytest.fixture
def cable(lay_cable, server):
    return lay_cable(server)


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
