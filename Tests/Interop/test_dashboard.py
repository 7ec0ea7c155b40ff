"""The dashboard page in a real browser, with socket.io-client as it is published."""

import json
import shlex
import shutil
import subprocess

import pytest
import requests
from playwright.sync_api import expect

from dashboard_page import Dashboard, Held, bar, candle, discussion, made, pictures, walk
from programs import ROOT
from upgrade_gate import UpgradeGate
from waiting import PATIENCE, eventually

UPDATE = '{"sectorId":"tech-001","value":1250.5,"timestamp":"2025-01-15T10:30:00.000Z"}'
HOSTILE = '<img src=x onerror="window.hurt = 1"><script>window.hurt = 1</script>&amp;'

CANDLES = "/api/sectors/tech-001/candles"


class TestTransports:
    @pytest.mark.parametrize("transport", ["polling", "websocket"])
    def test_one_alone_brings_messages(self, server, redis, dashboard, transport):
        dashboard.open(f"{server.url}/?transports={transport}")
        redis.publish("market_updates", UPDATE)
        dashboard.shows_sector("tech-001", "1250.5")
        dashboard.is_on(transport)
        assert dashboard.transports_seen == transport

    def test_polling_brings_messages_until_the_upgrade_does(self, server, redis, dashboard):
        gate = UpgradeGate(server.port)
        try:
            dashboard.open(gate.url)
            eventually("the browser asked for a WebSocket", lambda: gate.waiting == 1)
            redis.publish("market_updates", UPDATE)
            dashboard.shows_sector("tech-001", "1250.5")
            assert dashboard.transports_seen == "polling"
            dashboard.is_on("polling")

            gate.open()
            dashboard.is_on("websocket")
            redis.publish("market_updates", UPDATE.replace("1250.5", "1251.75"))
            dashboard.shows_sector("tech-001", "1251.75")
            assert dashboard.transports_seen == "polling websocket"
            assert server.health()["connections"] == 1
        finally:
            gate.close()

    def test_no_message_is_lost_or_doubled_by_the_upgrade(self, server, redis, dashboard):
        gate = UpgradeGate(server.port)
        try:
            dashboard.open(gate.url)
            eventually("the browser asked for a WebSocket", lambda: gate.waiting == 1)
            for number in range(60):
                if number == 20:
                    gate.open()
                redis.publish("discussion_messages", discussion(f"m-{number}", f"message {number}"))
            feed = dashboard.page.locator("#discussion-feed [data-message-id]")
            expect(feed).to_have_count(60)
            newest_first = feed.evaluate_all("rows => rows.map((row) => row.dataset.messageId)")
            assert newest_first == [f"m-{number}" for number in reversed(range(60))]
            expect(dashboard.page.locator("#discussion-count")).to_have_text("60")
            dashboard.is_on("websocket")
        finally:
            gate.close()

    def test_without_a_proxy_both_are_used(self, server, dashboard):
        dashboard.open(server.url)
        dashboard.is_on("websocket")
        assert dashboard.transports_seen == "polling websocket"


class TestPanels:
    def test_sectors(self, server, redis, dashboard):
        dashboard.open(server.url)
        redis.publish("market_updates", UPDATE)
        redis.publish("market_updates", {"sectorId": "energy", "indexValue": -3})
        redis.publish("market_updates", {"indexValue": 5_012.25})
        dashboard.shows_sector("tech-001", "1250.5")
        dashboard.shows_sector("energy", "-3")
        expect(dashboard.field("sector", "tech-001", "value")).to_have_text("1,250.50")
        expect(dashboard.page.locator('#market-index [data-field="value"]')).to_have_attribute(
            "data-value", "5012.25"
        )

    def test_agents(self, server, redis, dashboard):
        dashboard.open(server.url)
        for status in ("active", "error"):
            redis.publish("agent_status", {"agentId": "agent-7", "sectorId": "tech-001", "status": status})
            expect(dashboard.field("agent", "agent-7", "status")).to_have_text(status)

    def test_discussions_keep_markup_as_text(self, server, redis, dashboard):
        dashboard.open(server.url)
        redis.publish("discussion_messages", discussion("m-1", HOSTILE, author=HOSTILE))
        redis.publish("agent_status", {"agentId": "agent-7", "status": HOSTILE})
        redis.publish("market_updates", {"sectorId": HOSTILE, "value": 1})
        expect(dashboard.field("message-id", "m-1", "content")).to_have_text(HOSTILE)
        expect(dashboard.field("message-id", "m-1", "author")).to_have_text(HOSTILE)
        expect(dashboard.field("agent", "agent-7", "status")).to_have_text(HOSTILE)
        expect(dashboard.page.locator("#sector-rows th")).to_have_text(HOSTILE)
        assert dashboard.page.locator("main img, main script").count() == 0
        assert dashboard.page.evaluate("window.hurt") is None

    def test_bars(self, server, redis, dashboard):
        dashboard.open(server.url)
        chart = dashboard.page.locator("#chart")
        redis.publish("bars:AAPL:1", bar(1_697_097_600_000, 150.5) | {"resolution": "1"})
        expect(chart).to_have_attribute("data-bars", "1")
        redis.publish("bars:AAPL:1", bar(1_697_097_660_000, 151.25))
        expect(chart).to_have_attribute("data-bars", "2")
        expect(chart).to_have_attribute("data-last-time", "1697097660")
        redis.publish("bars:AAPL:1", bar(1_697_097_660_000, 151.5))
        expect(dashboard.field("symbol", "AAPL", "last")).to_have_attribute("data-value", "151.5")
        expect(chart).to_have_attribute("data-bars", "2")
        redis.publish("bars:MSFT:1", bar(1_697_097_660_000, 410, symbol="MSFT"))
        expect(dashboard.field("symbol", "MSFT", "last")).to_have_attribute("data-value", "410")

    def test_a_list_of_bars_is_as_many(self, server, redis, dashboard):
        dashboard.open(server.url)
        redis.publish("bars:AAPL:1", [bar(1_697_097_600_000 + 60_000 * minute, 150) for minute in range(30)])
        expect(dashboard.page.locator("#chart")).to_have_attribute("data-bars", "30")

    def test_bars_from_before_the_page_came(self, server, redis, dashboard):
        redis.publish("bars:AAPL:1", [bar(1_697_097_600_000 + 60_000 * minute, 150) for minute in range(30)])
        dashboard.open(server.url)
        expect(dashboard.page.locator("#chart")).to_have_attribute("data-bars", "30")

    def test_bars_from_before_the_page_came_with_a_live_one_close_behind(
        self, start_maxserver, redis, dashboard
    ):
        """The answer to the subscription, which holds the past, and a live bar in one answer to a poll."""
        server = start_maxserver(REDIS_URL=redis.url, LOG_LEVEL="debug")
        eventually("the server listens to Redis", lambda: server.redis_health()["status"] == "ok")
        redis.publish("bars:AAPL:1", [bar(1_697_097_600_000 + 60_000 * minute, 150) for minute in range(30)])
        polls = []

        def hold_the_second_poll(route) -> None:
            if route.request.method == "GET" and "sid=" in route.request.url:
                polls.append(route)
                if len(polls) == 2:
                    return
            route.continue_()

        def is_subscribed() -> bool:
            dashboard.page.wait_for_timeout(20)  # Lets requests go on.
            return server.has_logged("subscribed")

        dashboard.page.route("**/socket.io/?*", hold_the_second_poll)
        dashboard.open(f"{server.url}/?transports=polling")
        eventually("the page is subscribed", is_subscribed)
        redis.publish("bars:AAPL:1", bar(1_697_097_600_000 + 60_000 * 30, 151))
        eventually("the bar is on its way", lambda: server.health()["messages"]["emitted"] == 1)
        polls[1].continue_()
        expect(dashboard.page.locator("#chart")).to_have_attribute("data-bars", "31")

    def test_sectors_have_names_and_their_day(self, server, redis, dashboard):
        made(server, "sectors", id="tech-001", name="Technology", symbol="TECH")
        redis.publish("sector_candles", [candle(minute, 100 + minute) for minute in range(5)])
        eventually("they are stored", lambda: len(server.get(CANDLES).json()["data"]) == 5)
        dashboard.open(server.url)
        expect(dashboard.field("sector", "tech-001", "name")).to_have_text("Technology")
        dashboard.shows_sector("tech-001", "104")
        expect(dashboard.field("sector", "tech-001", "change")).to_contain_text("+4.00")

    def test_a_sector_in_the_chart_has_its_past_and_goes_on(self, server, redis, dashboard):
        made(server, "sectors", id="tech-001", name="Technology", symbol="TECH")
        redis.publish("sector_candles", [candle(minute, 100 + minute) for minute in range(5)])
        eventually("they are stored", lambda: len(server.get(CANDLES).json()["data"]) == 5)
        dashboard.open(server.url)
        dashboard.field("sector", "tech-001", "name").click()
        chart = dashboard.page.locator("#chart")
        expect(dashboard.page.locator("#chart-title")).to_have_text("Technology")
        expect(chart).to_have_attribute("data-bars", "5")
        redis.publish("sector_candles", candle(4, 200))  # The last one again: no double.
        redis.publish("sector_candles", candle(5, 201))
        expect(chart).to_have_attribute("data-bars", "6")
        dashboard.page.locator(".watch-row").first.click()
        expect(dashboard.page.locator("#chart-title")).to_have_text("AAPL · 1m")

    def test_a_candle_that_comes_while_the_past_is_read_is_neither_lost_nor_doubled(
        self, server, redis, dashboard
    ):
        made(server, "sectors", id="tech-001", name="Technology", symbol="TECH")
        redis.publish("sector_candles", [candle(minute, 100) for minute in range(5)])
        eventually("they are stored", lambda: len(server.get(CANDLES).json()["data"]) == 5)
        dashboard.open(server.url)
        name = dashboard.field("sector", "tech-001", "name")
        expect(name).to_have_text("Technology")
        held = []
        dashboard.page.route("**/candles?limit=1000", lambda route: held.append(route.fetch()) or held.append(route))
        name.click()
        eventually("the past is on its way", lambda: dashboard.page.wait_for_timeout(20) or len(held) == 2)
        redis.publish("sector_candles", [candle(4, 300), candle(5, 301)])
        dashboard.shows_candle(301)
        held[1].fulfill(response=held[0])
        expect(dashboard.page.locator("#chart")).to_have_attribute("data-bars", "6")

    def test_what_is_written_reaches_everyone_and_stays(self, server, redis, dashboard, browser):
        made(server, "sectors", id="tech-001", name="Technology", symbol="TECH")
        made(server, "discussions", id="d-1", title="Rates", sectorId="tech-001")
        dashboard.open(server.url)
        form = dashboard.page.locator("#message-form")
        form.locator("#message-author").fill("Ada")
        form.locator("#message-content").fill(HOSTILE)
        form.locator("button").click()
        feed = dashboard.page.locator("#discussion-feed li")
        expect(feed.locator("p")).to_have_text([HOSTILE])
        expect(feed.locator("b")).to_have_text(["Ada"])
        dashboard.page.reload()
        expect(feed.locator("p")).to_have_text([HOSTILE])

    def test_a_message_sent_twice_at_once_is_sent_once(self, server, redis, dashboard):
        made(server, "sectors", id="tech-001", name="Technology", symbol="TECH")
        made(server, "discussions", id="d-1", title="Rates", sectorId="tech-001")
        dashboard.open(server.url)
        form = dashboard.page.locator("#message-form")
        form.locator("#message-content").fill("Hello")
        held = Held(dashboard.page, "**/api/discussions/d-1/messages")
        form.locator("#message-content").press("Enter")
        held.wait()
        form.locator("#message-content").press("Enter")
        held.release()
        expect(form.locator("#message-content")).to_have_value("")
        expect(dashboard.page.locator("#discussion-feed li")).to_have_count(1)
        assert held.count == 1

    def test_agents_have_names(self, server, redis, dashboard):
        made(server, "agents", id="agent-7", name="Bot", role="trader", status="idle")
        dashboard.open(server.url)
        expect(dashboard.field("agent", "agent-7", "name")).to_have_text("Bot")
        expect(dashboard.field("agent", "agent-7", "status")).to_have_text("idle")
        redis.publish("agent_status", {"agentId": "agent-7", "status": "active"})
        expect(dashboard.field("agent", "agent-7", "status")).to_have_text("active")

    def test_agents_that_never_reported_have_no_age(self, server, redis, dashboard):
        made(server, "agents", id="agent-7", name="Bot", role="trader", status="idle")
        dashboard.open(server.url)
        since = dashboard.field("agent", "agent-7", "since")
        expect(since).to_have_text("–")
        expect(since).to_have_attribute("title", "It has never said how it stands.")
        redis.publish("agent_status", {"agentId": "agent-7", "status": "active"})
        expect(since).to_have_text("now")

    def test_sectors_have_their_last_values_after_a_reload(self, server, redis, dashboard):
        made(server, "sectors", id="tech-001", name="Technology", symbol="TECH")
        made(server, "sectors", id="energy", name="Energy", symbol="NRG")
        dashboard.open(server.url)
        redis.publish("market_updates", [{"sectorId": "tech-001", "value": 1}, {"sectorId": "tech-001", "value": 2}])
        redis.publish("market_updates", {"sectorId": "energy", "value": 3})
        redis.publish("market_updates", {"indexValue": 5_012.25})
        redis.publish("discussion_messages", discussion("m-1", "once"))
        expect(dashboard.page.locator("#discussion-feed p")).to_have_text(["once"])
        dashboard.page.reload()
        dashboard.shows_sector("tech-001", "2")
        dashboard.shows_sector("energy", "3")
        index = dashboard.page.locator('#market-index [data-field="value"]')
        expect(index).to_have_attribute("data-value", "5012.25")
        expect(dashboard.page.locator("#sector-rows tr")).to_have_count(2)
        redis.publish("market_updates", {"sectorId": "tech-001", "value": 4})
        dashboard.shows_sector("tech-001", "4")
        # Once for each event, however many rooms of this page it came to.
        expect(dashboard.field("sector", "tech-001", "change")).to_contain_text("+2.0000")

    def test_say_how_to_fill_them(self, server, redis, dashboard):
        """The commands on the page do what they say."""
        dashboard.open(server.url)
        expect(dashboard.page.locator("#chart-empty")).to_be_visible()
        commands = dashboard.page.locator(".empty:visible code").all_inner_texts()
        published = 0
        for command in commands:
            words = shlex.split(command)
            if words[0] == "curl":
                done = subprocess.run([*words, "--silent", "--show-error"], capture_output=True, timeout=PATIENCE)
                assert json.loads(done.stdout) == {"success": True}, done.stderr
                published += 1
        assert published == 4
        expect(dashboard.page.locator(".empty:visible")).to_have_count(0)


class TestReconnecting:
    """What the page shows is what the server knows by then."""

    @pytest.fixture
    def cable(self, lay_cable, server):
        return lay_cable(server)

    def test_agents_and_sectors_are_as_they_are_now(self, server, redis, cable, dashboard):
        made(server, "agents", id="agent-7", name="Bot", role="trader", status="idle")
        made(server, "sectors", id="tech-001", name="Technology", symbol="TECH")
        dashboard.open(cable.url)
        redis.publish("agent_status", {"agentId": "agent-7", "status": "active"})
        expect(dashboard.field("agent", "agent-7", "status")).to_have_text("active")
        redis.publish("market_updates", UPDATE)
        dashboard.shows_sector("tech-001", "1250.5")
        dashboard.is_cut_off(cable)
        patch = {"status": "error"}
        assert requests.patch(f"{server.url}/api/agents/agent-7", json=patch, timeout=PATIENCE).status_code == 200
        redis.publish("sector_candles", candle(0, 99))
        eventually("it is stored", lambda: server.get(CANDLES).json()["data"])
        cable.mend()
        expect(dashboard.field("agent", "agent-7", "status")).to_have_text("error")
        dashboard.shows_sector("tech-001", "99")

    def test_old_messages_stand_below_newer_ones(self, server, redis, cable, dashboard):
        made(server, "sectors", id="tech-001", name="Technology", symbol="TECH")
        made(server, "discussions", id="d-1", title="Rates", sectorId="tech-001")
        dashboard.open(cable.url)
        expect(dashboard.page.locator("#message-form")).to_be_visible()
        old = discussion("old", "missed")
        dashboard.is_cut_off(cable)
        redis.publish("discussion_messages", old)
        eventually("it is stored", lambda: server.get("/api/discussions/d-1/messages").json()["data"]["messages"])
        # The page hears live of another discussion before it has read what it missed.
        held = Held(dashboard.page, "**/api/discussions/d-1/messages*")
        cable.mend()
        held.wait()
        newer = discussion("new", "live", at="2025-01-15T10:31:00.000Z") | {"discussionId": "d-2"}
        redis.publish("discussion_messages", newer)
        feed = dashboard.page.locator("#discussion-feed p")
        expect(feed).to_have_text(["live"])
        held.release()
        expect(feed).to_have_text(["live", "missed"])


class TestServerAlone:
    """With nothing configured."""

    def test_bars_live_at_once_with_a_past(self, start_maxserver, dashboard):
        server = start_maxserver(BAR_GENERATOR_INTERVAL="0.2")
        dashboard.open(server.url)
        eventually("the chart has a past", lambda: dashboard.bars > 100)
        for symbol in ("AAPL", "GOOGL", "MSFT"):
            last = dashboard.field("symbol", symbol, "last")
            before = last.get_attribute("data-value")
            eventually(f"{symbol} moves", lambda: last.get_attribute("data-value") != before)

    @pytest.mark.parametrize("resolution", ["5", "D"])
    def test_other_lengths_of_bars(self, start_maxserver, dashboard, resolution):
        dashboard.open(start_maxserver().url)
        dashboard.choose_resolution(resolution)
        eventually("the chart has a past", lambda: dashboard.bars > 100)

    def test_comes_back_with_the_server(self, start_maxserver, dashboard):
        server = start_maxserver()
        dashboard.open(server.url)
        server.kill()
        expect(dashboard.page.locator("#connection-state")).not_to_have_text("Connected")
        start_maxserver("--port", str(server.port))
        expect(dashboard.page.locator("#connection-state")).to_have_text("Connected")
        eventually("the chart has a past", lambda: dashboard.bars > 100)
        # The browser says by itself that it could not reach the server meanwhile.
        dashboard.complaints.clear()


class TestTLS:
    @pytest.fixture
    def dashboard(self, browser):
        """In a browser to which a certificate that signs itself is as good as any."""
        context = browser.new_context(viewport={"width": 1280, "height": 800}, ignore_https_errors=True)
        dashboard = Dashboard(context.new_page())
        yield dashboard
        context.close()
        assert dashboard.complaints == []

    @pytest.mark.parametrize("query, seen", [("", "polling websocket"), ("?transports=polling", "polling")])
    def test_brings_live_bars(self, start_maxserver, certificate, dashboard, tmp_path, query, seen):
        server = start_maxserver(certificate=certificate, BAR_GENERATOR_INTERVAL="0.2")
        sockets = []
        dashboard.page.on("websocket", lambda socket: sockets.append(socket.url))
        dashboard.open(f"{server.url}/{query}")
        dashboard.is_on(seen.split()[-1])
        assert dashboard.transports_seen == seen
        eventually("the chart has a past", lambda: dashboard.bars > 100)
        last = dashboard.field("symbol", "AAPL", "last")
        before = last.get_attribute("data-value")
        eventually("AAPL moves", lambda: last.get_attribute("data-value") != before)
        assert [url.split("/socket.io/")[0] for url in sockets] == (
            [server.url.replace("https", "wss")] if "websocket" in seen else []
        )
        dashboard.page.screenshot(path=pictures(tmp_path) / f"dashboard-tls-{seen.split()[-1]}.png")


class TestMissingLibraries:
    def test_are_said_on_the_page(self, start_maxserver, browser, tmp_path):
        (tmp_path / "empty").mkdir()
        server = start_maxserver(BROWSER_FILES=str(tmp_path / "empty"))
        page = browser.new_page()
        try:
            page.goto(server.url)
            expect(page.locator(".notice")).to_have_count(2)
            for notice, file in zip(page.locator(".notice").all(), LIBRARIES):
                expect(notice).to_contain_text(file)
                expect(notice).to_contain_text("make browser-files")
        finally:
            page.close()

    def test_a_missing_chart_leaves_the_rest(self, start_maxserver, browser, tmp_path):
        for file in ("socket.io.js", "socket.io.min.js"):
            shutil.copy(ROOT / "Browser" / file, tmp_path)
        server = start_maxserver(BROWSER_FILES=str(tmp_path))
        page = browser.new_page()
        try:
            dashboard = Dashboard(page).open(server.url)
            expect(page.locator(".notice")).to_contain_text("/vendor/lightweight-charts.js")
            eventually("bars came all the same", lambda: dashboard.bars > 100)
        finally:
            page.close()


LIBRARIES = ["/socket.io/socket.io.js", "/vendor/lightweight-charts.js"]


@pytest.mark.parametrize("width, height", [(1280, 800), (390, 844)], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pictures(start_maxserver, start_redis, browser, tmp_path, width, height, scheme):
    """Pictures to look at, in SCREENSHOTS or the test's folder; the page is never wider than the screen."""
    redis = start_redis()
    server = start_maxserver(REDIS_URL=redis.url)
    eventually("the server listens to Redis", lambda: server.redis_health()["status"] == "ok")
    for symbol in ("AAPL", "GOOGL", "MSFT"):
        redis.publish(f"bars:{symbol}:1", walk(symbol, 200))
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    try:
        dashboard = Dashboard(context.new_page()).open(server.url)
        for number in range(8):
            for value in (1250.5, 1252 - number):
                redis.publish("market_updates", {"sectorId": f"tech-00{number}", "value": value})
            redis.publish("agent_status", {"agentId": f"agent-{number}", "status": STATUSES[number % 4]})
            redis.publish("discussion_messages", discussion(f"m-{number}", f"Message number {number}."))
        expect(dashboard.page.locator("#discussion-feed li")).to_have_count(8)
        expect(dashboard.page.locator("#chart")).to_have_attribute("data-bars", "200")
        picture = pictures(tmp_path) / f"dashboard-{width}x{height}-{scheme}.png"
        dashboard.page.screenshot(path=picture, full_page=width < 1000)
        assert picture.stat().st_size > 10_000
        assert dashboard.page.evaluate("document.documentElement.scrollWidth") <= width
        assert dashboard.complaints == []
    finally:
        context.close()


STATUSES = ["active", "idle", "processing", "error"]
